// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/bytes.hpp"
#include "opencapf/x509/certificate.hpp"

#include <string>
#include <string_view>

namespace opencapf::capf {

/// Files of enrolments on their way: csr/<DEV>.csr, and cert/<DEV>.{p7b,der}, as the product keeps them under
/// /tmp/capf. Blocking; call it on a work pool. Device names are those of the database, safe as file names.
class Spool {
public:
    /// Makes the directories (mode 0700). Throws std::system_error naming the path.
    explicit Spool(std::string directory);

    [[nodiscard]] std::string csr_path(std::string_view device) const { return path("csr/", device, ".csr"); }
    [[nodiscard]] std::string der_path(std::string_view device) const { return path("cert/", device, ".der"); }
    [[nodiscard]] std::string certificate_directory() const { return directory_ + "/cert/"; }

    void write_csr(std::string_view device, std::string_view pem) const;
    std::string read_csr(std::string_view device) const;
    void write_certificate(std::string_view device, std::string_view pkcs7, ByteView der) const;
    Bytes read_der(std::string_view device) const;
    /// fetched/<DEV>-<KIND>.pem, what Troubleshoot got from the phone; gives the path.
    std::string write_fetched(std::string_view device, std::string_view kind, const x509::Certificate& cert) const;
    void remove_csr(std::string_view device) const;  ///< a missing file is fine

private:
    [[nodiscard]] std::string path(std::string_view folder, std::string_view device, std::string_view extension) const;
    std::string directory_;
};

}  // namespace opencapf::capf

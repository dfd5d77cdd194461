// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/bytes.hpp"
#include "opencapf/x509/certificate.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::capf {

/// A request that outlives its session: the issuer has not answered yet, the phone keeps the key.
struct WaitingRequest {
    std::string issuer;          ///< "offline" or "est"
    std::int64_t ask_after = 0;  ///< Unix seconds; before it the issuer does not want to be asked again
    std::string pem;             ///< empty when there is only the mark
};

/// A request in the spool.
struct SpooledRequest {
    std::string device;
    std::int64_t written = 0;                ///< Unix seconds
    std::optional<std::string> waiting_for;  ///< WaitingRequest::issuer; missing: of a session, or of one that failed
};

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
    /// fetched/<DEV>-<KIND>.pem, what Troubleshoot got from the phone; gives the path.
    std::string write_fetched(std::string_view device, std::string_view kind, const x509::Certificate& cert) const;
    /// The request, and the mark that it waits. Missing files are fine; false when there was no request.
    bool remove_csr(std::string_view device) const;

    /// Marks the request of `device` as one that waits.
    void write_waiting(std::string_view device, std::string_view issuer, std::int64_t ask_after) const;
    /// The waiting request of `device`; nothing when none waits.
    std::optional<WaitingRequest> waiting(std::string_view device) const;
    /// Devices with a request, in order; reads one directory and no file. `waiting_only`: with a mark that it waits.
    std::vector<std::string> request_names(bool waiting_only) const;
    /// Nothing when there is none: a session may have finished meanwhile.
    std::optional<SpooledRequest> request(std::string_view device) const;

private:
    [[nodiscard]] std::string path(std::string_view folder, std::string_view device, std::string_view extension) const;
    [[nodiscard]] std::string waiting_path(std::string_view device) const { return path("csr/", device, ".waiting"); }
    std::string directory_;
};

}  // namespace opencapf::capf

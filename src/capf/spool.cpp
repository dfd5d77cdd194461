// SPDX-License-Identifier: Apache-2.0
#include "capf/spool.hpp"

#include "opencapf/base/text.hpp"

#include <filesystem>

namespace opencapf::capf {

namespace fs = std::filesystem;

Spool::Spool(std::string directory) : directory_(std::move(directory)) {
    for (const auto& folder : {directory_, directory_ + "/csr", directory_ + "/cert", directory_ + "/fetched"}) {
        fs::create_directories(folder);
        fs::permissions(folder, fs::perms::owner_all);
    }
}

std::string Spool::path(std::string_view folder, std::string_view device, std::string_view extension) const {
    return directory_ + '/' + std::string(folder) + std::string(device) + std::string(extension);
}

namespace {

// The database is the truth; the spool need not survive a power failure.
void write(const std::string& path, std::string_view content) {
    write_file_atomically(path, content, 0600, Durability::survives_process);
}

}  // namespace

void Spool::write_csr(std::string_view device, std::string_view pem) const { write(csr_path(device), pem); }

std::string Spool::read_csr(std::string_view device) const { return read_file(csr_path(device)); }

void Spool::write_certificate(std::string_view device, std::string_view pkcs7, ByteView der) const {
    write(path("cert/", device, ".p7b"), pkcs7);
    write(der_path(device), as_text(der));
}

Bytes Spool::read_der(std::string_view device) const {
    const std::string content = read_file(der_path(device));
    return {content.begin(), content.end()};
}

std::string Spool::write_fetched(std::string_view device, std::string_view kind, const x509::Certificate& cert) const {
    std::string file = path("fetched/", device, "-" + std::string(kind) + ".pem");
    write(file, cert.text() + cert.pem());
    return file;
}

void Spool::remove_csr(std::string_view device) const { fs::remove(csr_path(device)); }

}  // namespace opencapf::capf

// SPDX-License-Identifier: Apache-2.0
#include "capf/spool.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <sstream>

namespace opencapf::capf {

namespace fs = std::filesystem;

namespace {
constexpr std::size_t kMaxMark = 256;
}  // namespace

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

std::string Spool::write_fetched(std::string_view device, std::string_view kind, const x509::Certificate& cert) const {
    std::string file = path("fetched/", device, "-" + std::string(kind) + ".pem");
    write(file, cert.text() + cert.pem());
    return file;
}

bool Spool::remove_csr(std::string_view device) const {
    fs::remove(waiting_path(device));
    return fs::remove(csr_path(device));
}

// Weeks can pass until an administrator or a CA answers, so the mark, and with it the directory that holds the request,
// goes to the disk.
void Spool::write_waiting(std::string_view device, std::string_view issuer, std::int64_t ask_after) const {
    write_file_atomically(csr_path(device), read_csr(device), 0600);
    write_file_atomically(waiting_path(device), std::string(issuer) + ' ' + std::to_string(ask_after) + '\n', 0600);
}

std::optional<WaitingRequest> Spool::waiting(std::string_view device) const {
    if (!fs::exists(waiting_path(device)) || !fs::exists(csr_path(device))) return std::nullopt;
    std::istringstream mark(read_file(waiting_path(device), kMaxMark));
    WaitingRequest request;
    if (!(mark >> request.issuer >> request.ask_after)) return std::nullopt;
    request.pem = read_csr(device);
    return request;
}

std::vector<std::string> Spool::request_names(bool waiting_only) const {
    std::vector<std::string> requests, marks, both;
    for (const auto& entry : fs::directory_iterator(directory_ + "/csr")) {
        const auto extension = entry.path().extension();
        if (extension == ".csr") requests.push_back(entry.path().stem().string());
        if (extension == ".waiting") marks.push_back(entry.path().stem().string());
    }
    std::ranges::sort(requests);
    if (!waiting_only) return requests;
    std::ranges::sort(marks);
    std::ranges::set_intersection(requests, marks, std::back_inserter(both));
    return both;
}

std::optional<SpooledRequest> Spool::request(std::string_view device) const {
    std::error_code gone;
    const auto written = fs::last_write_time(csr_path(device), gone);
    if (gone) return std::nullopt;
    SpooledRequest request;
    request.device = device;
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(fs::file_time_type::clock::now() - written);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    request.written = std::chrono::duration_cast<std::chrono::seconds>(now - age).count();
    if (auto mark = waiting(device)) request.waiting_for = std::move(mark->issuer);
    return request;
}

}  // namespace opencapf::capf

// SPDX-License-Identifier: Apache-2.0
#include "content.hpp"

#include "opencapf/base/bytes.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <openssl/sha.h>
#include <vector>

namespace opencapf::config {
namespace {

namespace fs = std::filesystem;

std::string digest(std::string_view text) {
    Bytes hash(SHA256_DIGEST_LENGTH);
    SHA256(as_bytes(text).data(), text.size(), hash.data());
    return to_hex(hash);
}

std::string file_digest(const std::string& path) {
    try {
        return digest(read_file(path));
    } catch (const std::exception&) {
        return {};  // whoever uses the file reports it; here it only means "no content"
    }
}

const char* environment(const std::string& name) { return std::getenv(name.c_str()); }

}  // namespace

std::string fingerprint_of(const std::string& path) {
    std::error_code ec;
    if (!fs::is_directory(path, ec)) return file_digest(path);
    std::vector<std::string> files;
    for (fs::directory_iterator at(path, ec), end; !ec && at != end; at.increment(ec))
        files.push_back(at->path().string());
    std::sort(files.begin(), files.end());
    std::string all;
    for (const auto& file : files) all += file + '\n' + file_digest(file) + '\n';
    return digest(all);
}

std::string fingerprint_of(const SecretSource& source) {
    if (source.variable.empty()) return file_digest(source.file);
    const char* value = environment(source.variable);
    return value == nullptr ? std::string() : digest(value);
}

SecretSource secret_from_environment(const std::string& variable) {
    SecretSource source;
    if (variable.empty()) return source;
    if (environment(variable) != nullptr) {
        source.variable = variable;
    } else if (const char* file = environment(variable + "_FILE")) {
        source.file = file;
    } else if (const char* directory = environment("CREDENTIALS_DIRECTORY")) {
        const fs::path credential = fs::path(directory) / to_lower(variable);
        std::error_code ec;
        if (fs::exists(credential, ec)) source.file = credential.string();
    }
    return source;
}

}  // namespace opencapf::config

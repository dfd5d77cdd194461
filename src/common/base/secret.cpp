// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/secret.hpp"

#include "opencapf/base/bytes.hpp"
#include "opencapf/base/text.hpp"

#include <openssl/crypto.h>
#include <stdexcept>
#include <utility>

namespace opencapf {

namespace {

// The whole buffer, not size(): a string that was moved from or shortened still holds its old characters.
void wipe(std::string& text) noexcept {
    OPENSSL_cleanse(text.data(), text.capacity());
    text.clear();
}

}  // namespace

Secret::Secret(std::string value) : value_(std::move(value)) { wipe(value); }

Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { wipe(other.value_); }

Secret& Secret::operator=(const Secret& other) {
    if (this != &other) *this = Secret(other);
    return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe(value_);
        value_ = std::move(other.value_);
        wipe(other.value_);
    }
    return *this;
}

Secret::~Secret() { wipe(value_); }

bool Secret::equals(std::string_view other) const noexcept {
    return equal_constant_time(as_bytes(value_), as_bytes(other));
}

Secret Secret::from_file(const std::string& path) {
    require_private(path);
    std::string content = read_file(path, 4096);
    std::string line(content.substr(0, content.find_first_of("\r\n")));
    OPENSSL_cleanse(content.data(), content.size());
    if (line.empty()) throw std::runtime_error(path + " is empty; its first line must be the secret");
    return Secret(std::move(line));
}

}  // namespace opencapf

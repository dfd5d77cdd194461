// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/secret.hpp"

#include "opencapf/base/bytes.hpp"
#include "opencapf/base/text.hpp"

#include <cstdlib>
#include <openssl/crypto.h>
#include <stdexcept>
#include <utility>

namespace opencapf {

namespace {

constexpr std::size_t kMaxPasswordBytes = 4096;

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

Secret Secret::from_file(const std::string& path) { return SecretSource(path).line(); }

Secret SecretSource::all(std::size_t max_bytes) const {
    if (variable.empty()) {
        require_private(file);
        return Secret(read_file(file, max_bytes));
    }
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr) throw std::runtime_error(origin() + " is not set any more");
    return Secret(value);
}

Secret SecretSource::line() const {
    const Secret content = all(kMaxPasswordBytes);
    const auto first = content.reveal().substr(0, content.reveal().find_first_of("\r\n"));
    if (first.empty()) throw std::runtime_error(origin() + " is empty; its first line must be the secret");
    return Secret(std::string(first));
}

std::string SecretSource::origin() const { return variable.empty() ? file : "environment variable " + variable; }

}  // namespace opencapf

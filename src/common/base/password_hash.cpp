// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/password_hash.hpp"

#include "opencapf/base/bytes.hpp"
#include "opencapf/base/text.hpp"

#include <charconv>
#include <openssl/evp.h>
#include <optional>
#include <stdexcept>

namespace opencapf {
namespace {

constexpr std::size_t kSaltBytes = 16, kKeyBytes = 32;
constexpr std::uint64_t kMaxMemory = 512ULL * 1024 * 1024;

struct Parameters {
    unsigned log2n = 14, r = 8, p = 1;
    Bytes salt, key;
};

Bytes derive(const Secret& password, const Parameters& with) {
    Bytes key(kKeyBytes);
    const auto text = password.reveal();
    if (EVP_PBE_scrypt(text.data(), text.size(), with.salt.data(), with.salt.size(), std::uint64_t{1} << with.log2n,
                       with.r, with.p, kMaxMemory, key.data(), key.size()) != 1)
        throw std::runtime_error("scrypt failed: not enough memory");
    return key;
}

std::optional<unsigned> number(std::string_view text, unsigned low, unsigned high) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole && value >= low && value <= high ? std::optional(value) : std::nullopt;
}

std::optional<Parameters> parse(std::string_view hash) {
    const auto parts = split(hash, '$');
    if (parts.size() != 6 || parts[0] != "scrypt") return std::nullopt;
    const auto log2n = number(parts[1], 10, 17), r = number(parts[2], 1, 16), p = number(parts[3], 1, 4);
    auto salt = from_hex(parts[4]), key = from_hex(parts[5]);
    if (!log2n || !r || !p || !salt || !key || salt->size() < 8 || salt->size() > 64 || key->size() != kKeyBytes)
        return std::nullopt;
    return Parameters{*log2n, *r, *p, std::move(*salt), std::move(*key)};
}

}  // namespace

std::string hash_password(const Secret& password) {
    Parameters with;
    with.salt = random_bytes(kSaltBytes);
    return "scrypt$" + std::to_string(with.log2n) + '$' + std::to_string(with.r) + '$' + std::to_string(with.p) + '$' +
           to_hex(with.salt) + '$' + to_hex(derive(password, with));
}

Result<void> check_password_hash(std::string_view hash) {
    if (!parse(hash)) return fail(Errc::malformed, "expected scrypt$LOG2N$R$P$SALT$KEY, costs at most 17, 16 and 4");
    return {};
}

bool password_matches(const Secret& password, std::string_view hash) {
    const auto with = parse(hash);
    return with && equal_constant_time(derive(password, *with), with->key);
}

}  // namespace opencapf

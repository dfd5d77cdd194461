// SPDX-License-Identifier: Apache-2.0
#include "ntlm_crypto.hpp"

#include "ntlm_text.hpp"

#include <algorithm>
#include <memory>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdexcept>

namespace opencapf::ca_sim {
namespace {

constexpr std::size_t kHmacBlock = 64;
constexpr std::size_t kDesKey = 7;

class Md5 {
public:
    Md5() : context_(EVP_MD_CTX_new()) {
        require(context_ && EVP_DigestInit_ex(context_.get(), EVP_md5(), nullptr) == 1);
    }
    void update(ByteView bytes) { require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1); }
    Digest16 finish() {
        Digest16 digest{};
        require(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1);
        return digest;
    }

private:
    // MD5 is missing only in a FIPS-only OpenSSL: a set-up error, not a peer's.
    static void require(bool ok) {
        if (!ok) throw std::runtime_error("OpenSSL refused MD5, which NTLM needs");
    }
    struct Free {
        void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
    };
    std::unique_ptr<EVP_MD_CTX, Free> context_;
};

/// 56 key bits spread over eight bytes, the parity bit of each left open (DES ignores it).
std::array<std::uint8_t, 8> spread_key(const std::uint8_t* key) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < kDesKey; ++i) bits = bits << 8 | key[i];
    std::array<std::uint8_t, 8> spread{};
    for (std::size_t i = 0; i < spread.size(); ++i) {
        spread[i] = static_cast<std::uint8_t>((bits >> (49 - 7 * i) & 0x7f) << 1);
    }
    return spread;
}

/// Single DES of one block. OpenSSL 3 keeps DES in the legacy provider, but triple DES with three equal keys is the
/// same function and is in the default one.
void des_block(const std::uint8_t* key7, const NtlmChallenge8& block, std::uint8_t* out) {
    const auto key = spread_key(key7);
    std::array<std::uint8_t, 24> triple{};
    for (std::size_t i = 0; i < triple.size(); ++i) triple[i] = key[i % 8];
    struct Free {
        void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
    };
    const std::unique_ptr<EVP_CIPHER_CTX, Free> context(EVP_CIPHER_CTX_new());
    int written = 0;
    const bool ok = context &&
                    EVP_EncryptInit_ex(context.get(), EVP_des_ede3_ecb(), nullptr, triple.data(), nullptr) == 1 &&
                    EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
                    EVP_EncryptUpdate(context.get(), out, &written, block.data(), static_cast<int>(block.size())) == 1;
    OPENSSL_cleanse(triple.data(), triple.size());
    if (!ok || written != static_cast<int>(block.size())) {
        throw std::runtime_error("OpenSSL refused DES-EDE3, which NTLMv1 needs");
    }
}

}  // namespace

NtHash nt_hash(std::u16string_view password) {
    Bytes bytes = le_bytes(password);
    const NtHash hash = md4(bytes);
    OPENSSL_cleanse(bytes.data(), bytes.size());
    return hash;
}

Digest16 md5(ByteView message) {
    Md5 digest;
    digest.update(message);
    return digest.finish();
}

Digest16 hmac_md5(ByteView key, std::initializer_list<ByteView> parts) {
    std::array<std::uint8_t, kHmacBlock> inner{};
    if (key.size() > kHmacBlock) {
        const Digest16 shorter = md5(key);
        std::copy(shorter.begin(), shorter.end(), inner.begin());
    } else {
        std::copy(key.begin(), key.end(), inner.begin());
    }
    auto outer = inner;
    for (auto& byte : inner) byte ^= 0x36;
    for (auto& byte : outer) byte ^= 0x5c;

    Md5 first;
    first.update(inner);
    for (const ByteView part : parts) first.update(part);
    const Digest16 middle = first.finish();
    Md5 second;
    second.update(outer);
    second.update(middle);
    OPENSSL_cleanse(inner.data(), inner.size());
    OPENSSL_cleanse(outer.data(), outer.size());
    return second.finish();
}

Digest16 ntowf_v2(const NtHash& hash, std::u16string_view user, std::u16string_view domain) {
    return hmac_md5(hash, {le_bytes(upper(user)), le_bytes(domain)});
}

Digest16 nt_proof(const Digest16& ntowf, const NtlmChallenge8& server_challenge, ByteView blob) {
    return hmac_md5(ntowf, {server_challenge, blob});
}

std::array<std::uint8_t, 24> des_response(const NtHash& hash, const NtlmChallenge8& challenge) {
    std::array<std::uint8_t, 3 * kDesKey> keys{};
    std::copy(hash.begin(), hash.end(), keys.begin());
    std::array<std::uint8_t, 24> response{};
    for (std::size_t i = 0; i < 3; ++i) des_block(keys.data() + i * kDesKey, challenge, response.data() + i * 8);
    OPENSSL_cleanse(keys.data(), keys.size());
    return response;
}

NtlmChallenge8 session_challenge(const NtlmChallenge8& server, const NtlmChallenge8& client) {
    Md5 digest;
    digest.update(server);
    digest.update(client);
    const Digest16 both = digest.finish();
    NtlmChallenge8 out{};
    std::copy_n(both.begin(), out.size(), out.begin());
    return out;
}

Bytes ntlm_signature(const Digest16& session_key, bool of_server, ByteView message) {
    // The terminating zero belongs to both texts (MS-NLMP 3.4.5.2).
    static constexpr std::string_view kServer("session key to server-to-client signing key magic constant\0", 59);
    static constexpr std::string_view kClient("session key to client-to-server signing key magic constant\0", 59);
    Bytes seed(session_key.begin(), session_key.end());
    const ByteView text = as_bytes(of_server ? kServer : kClient);
    seed.insert(seed.end(), text.begin(), text.end());
    constexpr std::array<std::uint8_t, 4> kFirst{};  // sequence number
    const Digest16 mac = hmac_md5(md5(seed), {kFirst, message});
    Bytes signature{1, 0, 0, 0};  // version
    signature.insert(signature.end(), mac.begin(), mac.begin() + 8);
    signature.insert(signature.end(), kFirst.begin(), kFirst.end());
    return signature;
}

}  // namespace opencapf::ca_sim

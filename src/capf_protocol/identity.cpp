// SPDX-License-Identifier: Apache-2.0
#include "opencapf/capf_protocol/identity.hpp"

#include <array>

namespace opencapf::capf_protocol {

namespace {

using x509::Digest;

// SHA-2 came with version 3 (5.2): older phones send, and know, only the SHA-1 form.
constexpr std::uint8_t kVersionWithSha2 = 3;
// Inside SUDI_DATA a part is `kind u8, len16, value`; kind 0 is the certificate, the others are hash codes.
constexpr std::uint8_t kSudiCertificate = 0;
constexpr std::size_t kSudiHeader = 3;
constexpr int kMaxRsaBits = 4096;

// RFC 8017 section 9.2, note 1: what stands before the digest in a DigestInfo.
constexpr std::array<std::uint8_t, 15> kSha1Info{0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e,
                                                 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14};
constexpr std::array<std::uint8_t, 19> kSha512Info{0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                                   0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40};

void append(Bytes& out, ByteView more) { out.insert(out.end(), more.begin(), more.end()); }

/// M1: device name, NUL, certificate.
Bytes identity_message(std::string_view device_name, ByteView certificate) {
    Bytes message(device_name.begin(), device_name.end());
    message.push_back(0);
    append(message, certificate);
    return message;
}

/// M2: session id, little-endian as only here, and certificate.
Bytes sudi_message(std::uint32_t session_id, ByteView certificate) {
    Bytes message;
    for (unsigned shift = 0; shift < 32; shift += 8) {
        message.push_back(static_cast<std::uint8_t>(session_id >> shift & 0xffU));
    }
    append(message, certificate);
    return message;
}

Result<Bytes> sign(const x509::PrivateKey& key, Digest digest, ByteView message) {
    switch (key.public_key().type()) {
        case x509::KeyType::rsa:
            return key.encrypt_type1(x509::hash(digest, message));
        case x509::KeyType::ec:
            return key.sign(digest, message);
        case x509::KeyType::other:
            break;
    }
    return fail(Errc::crypto, "a proof of identity needs an RSA or EC key");
}

Result<void> check(const x509::PublicKey& key, Digest digest, ByteView message, ByteView signature, const char* what) {
    const std::string wrong = std::string(what) + " does not verify with the certificate's key";
    if (key.type() == x509::KeyType::ec) {
        if (!key.verify(digest, message, signature)) return fail(Errc::unauthorized, wrong);
        return {};
    }
    if (key.type() != x509::KeyType::rsa) {
        return fail(Errc::unauthorized, std::string(what) + ": the certificate's key is neither RSA nor EC");
    }
    // A certificate may carry a monster of a key, which would cost whoever checks it; phones stop here (3.2).
    if (key.bits() > kMaxRsaBits) {
        return fail(Errc::unauthorized, std::string(what) + ": an RSA key of " + std::to_string(key.bits()) + " bits");
    }
    const std::size_t modulus = (static_cast<std::size_t>(key.bits()) + 7) / 8;
    if (signature.size() != modulus) {
        return fail(Errc::unauthorized, std::string(what) + " has " + std::to_string(signature.size()) +
                                            " bytes instead of the key's " + std::to_string(modulus));
    }
    const auto block = key.recover(signature);
    if (!block) return fail(Errc::unauthorized, wrong + ": bad padding, or made with another key");
    const Bytes expected = x509::hash(digest, message);
    Bytes info = digest == Digest::sha1 ? Bytes(kSha1Info.begin(), kSha1Info.end())
                                        : Bytes(kSha512Info.begin(), kSha512Info.end());
    append(info, expected);
    if (*block != expected && *block != info) return fail(Errc::unauthorized, wrong + ": it is about something else");
    return {};
}

void put_sudi(Bytes& out, std::uint8_t kind, ByteView value) {
    out.push_back(kind);
    out.push_back(static_cast<std::uint8_t>(value.size() >> 8U & 0xffU));
    out.push_back(static_cast<std::uint8_t>(value.size() & 0xffU));
    append(out, value);
}

struct Sudi {
    std::optional<ByteView> certificate;
    std::optional<ByteView> sha1;
    std::optional<ByteView> sha512;
};

Result<Sudi> parse_sudi(ByteView rest) {
    Sudi sudi;
    while (!rest.empty()) {
        if (rest.size() < kSudiHeader) return fail(Errc::malformed, "SUDI_DATA ends inside a header");
        const std::uint8_t kind = rest[0];
        const std::size_t length = static_cast<std::size_t>(rest[1]) << 8U | rest[2];
        if (length > rest.size() - kSudiHeader) return fail(Errc::malformed, "a part of SUDI_DATA runs past its end");
        const ByteView value = rest.subspan(kSudiHeader, length);
        rest = rest.subspan(kSudiHeader + length);
        if (kind == kSudiCertificate) {
            sudi.certificate = value;
        } else if (kind == static_cast<std::uint8_t>(HashCode::sha1)) {
            sudi.sha1 = value;
        } else if (kind == static_cast<std::uint8_t>(HashCode::sha512)) {
            sudi.sha512 = value;
        } else {
            return fail(Errc::malformed, "SUDI_DATA has a part of unknown kind " + std::to_string(kind));
        }
    }
    if (!sudi.certificate) return fail(Errc::malformed, "SUDI_DATA without a certificate");
    return sudi;
}

Result<x509::Certificate> verify_sudi(ByteView data, std::uint32_t session_id, bool with_sha2) {
    const auto sudi = parse_sudi(data);
    if (!sudi) return fail(sudi.error());
    auto certificate = x509::Certificate::from_der(*sudi->certificate);
    if (!certificate) return fail(certificate.error().with("SUDI certificate"));
    const auto key = certificate->usable_public_key();
    if (!key) return fail(key.error().with("SUDI certificate"));
    const Bytes message = sudi_message(session_id, *sudi->certificate);
    if (!sudi->sha1) return fail(Errc::unauthorized, "SUDI_DATA without its SHA-1 signature");
    if (with_sha2 && !sudi->sha512) return fail(Errc::unauthorized, "SUDI_DATA without its SHA-512 signature");
    if (auto good = check(*key, Digest::sha1, message, *sudi->sha1, "SUDI_DATA's SHA-1 signature"); !good) {
        return fail(good.error());
    }
    if (sudi->sha512) {
        if (auto good = check(*key, Digest::sha512, message, *sudi->sha512, "SUDI_DATA's SHA-512 signature"); !good) {
            return fail(good.error());
        }
    }
    return certificate;
}

Result<Bytes> make_sudi(const IdentityKey& sudi, std::uint32_t session_id, bool with_sha2) {
    const Bytes& der = sudi.certificate.der();
    const Bytes message = sudi_message(session_id, der);
    const auto sha1 = sign(sudi.key, Digest::sha1, message);
    if (!sha1) return fail(sha1.error());
    Bytes data;
    put_sudi(data, kSudiCertificate, der);
    put_sudi(data, static_cast<std::uint8_t>(HashCode::sha1), *sha1);
    if (with_sha2) {
        const auto sha512 = sign(sudi.key, Digest::sha512, message);
        if (!sha512) return fail(sha512.error());
        put_sudi(data, static_cast<std::uint8_t>(HashCode::sha512), *sha512);
    }
    return data;
}

}  // namespace

void IdentityProof::attach_to(AuthResponse& response) const {
    response.certificate = certificate;
    response.signed_data = signed_data;
    response.sha2_signed_data = sha2_signed_data;
    response.sudi_data = sudi_data;
}

Result<IdentityProof> make_identity_proof(const IdentityKey& identity, std::string_view device_name,
                                          std::uint32_t session_id, std::uint8_t version, const IdentityKey* sudi) {
    const bool with_sha2 = version >= kVersionWithSha2;
    IdentityProof proof;
    proof.certificate = identity.certificate.der();
    const Bytes message = identity_message(device_name, proof.certificate);
    auto sha1 = sign(identity.key, Digest::sha1, message);
    if (!sha1) return fail(sha1.error());
    proof.signed_data = *std::move(sha1);
    if (with_sha2) {
        auto sha512 = sign(identity.key, Digest::sha512, message);
        if (!sha512) return fail(sha512.error());
        proof.sha2_signed_data = HashedSignature{HashCode::sha512, *std::move(sha512)};
    }
    if (sudi != nullptr) {
        auto data = make_sudi(*sudi, session_id, with_sha2);
        if (!data) return fail(data.error().with("SUDI"));
        proof.sudi_data = *std::move(data);
    }
    return proof;
}

Result<ProvenIdentity> verify_identity(const AuthResponse& response, std::uint32_t session_id, std::uint8_t version) {
    const bool with_sha2 = version >= kVersionWithSha2;
    if (!response.certificate) return fail(Errc::unauthorized, "the phone shows no certificate");
    auto certificate = x509::Certificate::from_der(*response.certificate);
    if (!certificate) return fail(certificate.error().with("the phone's certificate"));
    const auto key = certificate->usable_public_key();
    if (!key) return fail(key.error().with("the phone's certificate"));
    const Bytes message = identity_message(response.device_name, *response.certificate);
    if (!response.signed_data) return fail(Errc::unauthorized, "SIGNED_DATA is missing");
    if (auto good = check(*key, Digest::sha1, message, *response.signed_data, "SIGNED_DATA"); !good) {
        return fail(good.error());
    }
    if (with_sha2 && !response.sha2_signed_data) {
        return fail(Errc::unauthorized, "SHA2_SIGNED_DATA is missing, which version 3 requires");
    }
    if (response.sha2_signed_data) {
        const auto& sha2 = *response.sha2_signed_data;
        if (sha2.hash != HashCode::sha512) {
            return fail(Errc::unauthorized, "SHA2_SIGNED_DATA with hash code " +
                                                std::to_string(static_cast<unsigned>(sha2.hash)) +
                                                " instead of SHA-512");
        }
        if (auto good = check(*key, Digest::sha512, message, sha2.signature, "SHA2_SIGNED_DATA"); !good) {
            return fail(good.error());
        }
    }
    ProvenIdentity proven{*std::move(certificate), std::nullopt};
    if (response.sudi_data) {
        auto sudi = verify_sudi(*response.sudi_data, session_id, with_sha2);
        if (!sudi) return fail(sudi.error());
        proven.sudi = *std::move(sudi);
    }
    return proven;
}

}  // namespace opencapf::capf_protocol

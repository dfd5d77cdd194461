// SPDX-License-Identifier: Apache-2.0
#include "opencapf/capf_protocol/itl.hpp"

#include "itl_tags.hpp"

#include <algorithm>

namespace opencapf::capf_protocol {
namespace {

void put_number(Bytes& out, std::uint64_t value, std::size_t size) {
    for (std::size_t i = size; i > 0; --i) out.push_back(static_cast<std::uint8_t>(value >> (8 * (i - 1))));
}

template <class Tag>
void put(Bytes& out, Tag tag, ByteView value) {
    if (value.size() > 0xffff) throw std::length_error("an element of a trust list is too long");
    out.push_back(static_cast<std::uint8_t>(tag));
    put_number(out, value.size(), 2);
    out.insert(out.end(), value.begin(), value.end());
}

template <class Tag>
void put(Bytes& out, Tag tag, std::uint64_t value, std::size_t size) {
    Bytes bytes;
    put_number(bytes, value, size);
    put(out, tag, ByteView(bytes));
}

template <class Tag>
void put(Bytes& out, Tag tag, const std::string& text) {
    put(out, tag, as_bytes(text));
}

Bytes record_bytes(const ItlRecord& record) {
    const x509::Certificate& certificate = record.certificate;
    Bytes body;
    put(body, RecordTag::dns_name, record.dns_name);
    put(body, RecordTag::subject_name, certificate.subject_rfc2253());
    put(body, RecordTag::function, static_cast<std::uint16_t>(record.function), 2);
    put(body, RecordTag::issuer_name, certificate.issuer_rfc2253());
    put(body, RecordTag::serial_number, ByteView(serial_of(certificate)));
    put(body, RecordTag::public_key, ByteView(certificate.public_key().spki_der()));
    put(body, RecordTag::certificate, ByteView(certificate.der()));
    if (!record.ip_address.empty()) put(body, RecordTag::ip_address, record.ip_address);
    Bytes whole;
    put(whole, RecordTag::record_length, body.size() + 5, 2);  // with this element's own five bytes
    whole.insert(whole.end(), body.begin(), body.end());
    return whole;
}

/// The header with `signature` in its place.
Bytes header_bytes(const ItlContent& content, const x509::Certificate& signer, ByteView signature) {
    Bytes id;
    put(id, HeaderTag::signer_name, signer.subject_rfc2253());
    put(id, HeaderTag::serial_number, ByteView(serial_of(signer)));
    put(id, HeaderTag::ca_name, signer.issuer_rfc2253());
    const auto key = signer.public_key();
    const bool rsa = key.type() == x509::KeyType::rsa;
    Bytes algorithm;
    put(algorithm, HeaderTag::signature_algorithm, rsa ? kSignatureRsa : kSignatureEc, 1);
    put(algorithm, HeaderTag::signature_modulus, rsa ? static_cast<unsigned>(key.bits()) / 1024 : 0, 1);
    Bytes info;
    put(info, HeaderTag::digest_algorithm, kDigestSha512, 1);
    put(info, HeaderTag::signature_algorithm_info, algorithm.size(), 2);
    info.insert(info.end(), algorithm.begin(), algorithm.end());

    Bytes rest;
    put(rest, HeaderTag::signer_id, id.size(), 2);
    rest.insert(rest.end(), id.begin(), id.end());
    put(rest, HeaderTag::signature_info, info.size(), 2);
    rest.insert(rest.end(), info.begin(), info.end());
    put(rest, HeaderTag::signature, signature);
    put(rest, HeaderTag::file_name, content.file_name);
    put(rest, HeaderTag::timestamp, static_cast<std::uint64_t>(unix_seconds(content.made_at)), 4);
    Bytes header;
    put(header, HeaderTag::version, 0x0102, 2);
    put(header, HeaderTag::header_length, header.size() + 5 + rest.size(), 2);
    header.insert(header.end(), rest.begin(), rest.end());
    return header;
}

}  // namespace

Bytes serial_of(const x509::Certificate& certificate) { return from_hex(certificate.serial_hex()).value_or(Bytes{}); }

std::string itl_function_name(ItlFunction function) {
    switch (function) {
        case ItlFunction::security_token:
            return "System Administrator Security Token";
        case ItlFunction::ccm:
            return "CCM";
        case ItlFunction::ccm_tftp:
            return "CCM+TFTP";
        case ItlFunction::tftp:
            return "TFTP";
        case ItlFunction::capf:
            return "CAPF";
        case ItlFunction::app_server:
            return "APP-SERVER";
        case ItlFunction::tvs:
            return "TVS";
    }
    return "function " + std::to_string(static_cast<unsigned>(function));
}

bool may_sign_itl(ItlFunction function) noexcept {
    return function == ItlFunction::security_token || function == ItlFunction::tftp ||
           function == ItlFunction::ccm_tftp;
}

std::vector<x509::Certificate> Itl::with_function(ItlFunction function) const {
    std::vector<x509::Certificate> found;
    for (const auto& record : content.records) {
        if (record.function == function) found.push_back(record.certificate);
    }
    return found;
}

Result<Bytes> make_itl(const ItlContent& content, const x509::Certificate& signer, const x509::PrivateKey& key) {
    if (content.records.size() > kMaxItlRecords) return fail(Errc::too_large, "too many records for a trust list");
    // An ECDSA signature has no fixed length: the header says how long this one is, and is signed itself. Signatures
    // of other lengths than foreseen are made again.
    Bytes records;
    for (const auto& record : content.records) {
        const Bytes bytes = record_bytes(record);
        records.insert(records.end(), bytes.begin(), bytes.end());
    }
    std::size_t length = key.sign(x509::Digest::sha512, Bytes{0}).value_or(Bytes{}).size();
    constexpr int kAttempts = 1000;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        const Bytes zeros(length, 0);
        Bytes file = header_bytes(content, signer, zeros);
        file.insert(file.end(), records.begin(), records.end());
        if (file.size() > kMaxItlBytes) return fail(Errc::too_large, "the trust list is too long");
        const auto signature = key.sign(x509::Digest::sha512, file);
        if (!signature) return fail(signature.error());
        if (signature->size() != length) continue;
        file = header_bytes(content, signer, *signature);
        file.insert(file.end(), records.begin(), records.end());
        return file;
    }
    return fail(Errc::crypto, "the trust list cannot be signed");
}

Result<void> check_itl_signer(const Itl& itl, const std::vector<ItlRecord>& records) {
    bool known = false;
    for (const auto& record : records) {
        const auto& certificate = record.certificate;
        if (!may_sign_itl(record.function) || certificate.subject_rfc2253() != itl.signer_name ||
            certificate.issuer_rfc2253() != itl.signer_issuer || serial_of(certificate) != itl.signer_serial)
            continue;
        known = true;
        const auto key = certificate.usable_public_key();
        if (key && key->verify(itl.digest, itl.signed_bytes, itl.signature)) return {};
    }
    return fail(Errc::unauthorized,
                known ? "the signature of " + itl.signer_name + " is wrong" : itl.signer_name + " may not sign it");
}

}  // namespace opencapf::capf_protocol

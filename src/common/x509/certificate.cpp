// SPDX-License-Identifier: Apache-2.0
#include "opencapf/x509/certificate.hpp"

#include "native.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>
#include <ctime>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/x509v3.h>

namespace opencapf::x509 {
namespace {

WallTime to_wall_time(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
    // The clock counts nanoseconds and ends in 2262; "no end" of RFC 5280 section 4.1.2.5 is the year 9999.
    const std::chrono::seconds seconds(::timegm(&parts));
    constexpr auto kLast = std::chrono::duration_cast<std::chrono::seconds>(WallTime::max().time_since_epoch());
    constexpr auto kFirst = std::chrono::duration_cast<std::chrono::seconds>(WallTime::min().time_since_epoch());
    return WallTime(std::clamp(seconds, kFirst, kLast));
}

}  // namespace

std::string oneline(const X509_NAME* name) {
    char* raw = X509_NAME_oneline(name, nullptr, 0);
    std::string text = raw == nullptr ? std::string() : std::string(raw);
    OPENSSL_free(raw);
    return text;
}

std::string rfc2253(const X509_NAME* name) {
    const auto bio = memory_bio();
    X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
    return bio_text(bio.get());
}

std::string last_common_name(const X509_NAME* name) {
    int last = -1;
    for (int at = -1; (at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0;) last = at;
    if (last < 0) return {};
    unsigned char* utf8 = nullptr;
    const int length = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
    if (length < 0) {
        drain_errors();
        return {};
    }
    std::string text(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(length));
    OPENSSL_free(utf8);
    return text;
}

bool next_pem_block(std::string_view text, std::size_t from, PemBlock& block) {
    constexpr std::string_view kBegin = "-----BEGIN ", kEnd = "-----END ", kDashes = "-----";
    const auto begin = text.find(kBegin, from);
    if (begin == std::string_view::npos) return false;
    const auto label_at = begin + kBegin.size();
    const auto label_end = text.find(kDashes, label_at);
    if (label_end == std::string_view::npos) return false;
    const auto body_at = label_end + kDashes.size();
    const auto body_end = text.find(kEnd, body_at);
    if (body_end == std::string_view::npos) return false;
    auto der = from_base64(text.substr(body_at, body_end - body_at));
    if (!der) return false;
    block.label = std::string(text.substr(label_at, label_end - label_at));
    block.der = std::move(*der);
    const auto tail = text.find(kDashes, body_end + kEnd.size());
    block.end = tail == std::string_view::npos ? text.size() : tail + kDashes.size();
    return true;
}

std::string make_pem(std::string_view label, ByteView der, std::string_view eol) {
    std::string text = "-----BEGIN ";
    text.append(label).append("-----").append(eol);
    text += to_base64(der, 64, eol);
    text.append("-----END ").append(label).append("-----").append(eol);
    return text;
}

struct Certificate::State {
    Handle<X509> native;
    Bytes der;
};

Certificate Certificate::adopt(Handle<X509> cert) {
    auto state = std::make_shared<State>();
    state->der = encode_der(cert.get(), i2d_X509);
    X509_check_purpose(cert.get(), -1, 0);  // fills the extension cache now, so that later const use is thread-safe
    drain_errors();                         // a broken extension shows where it is asked for
    state->native = std::move(cert);
    return Certificate(std::move(state));
}

Result<Certificate> Certificate::from_der(ByteView der) {
    const auto* in = der.data();
    Handle<X509> cert(d2i_X509(nullptr, &in, static_cast<long>(der.size())));
    if (!cert) return fail(Errc::malformed, "not a DER certificate: " + drain_errors());
    if (in != der.data() + der.size()) return fail(Errc::malformed, "bytes after the DER certificate");
    return adopt(std::move(cert));
}

Result<Certificate> Certificate::from_pem(std::string_view pem) {
    auto all = all_from_pem(pem);
    if (!all) return fail(all.error());
    return all->front();
}

Result<std::vector<Certificate>> Certificate::all_from_pem(std::string_view pem) {
    std::vector<Certificate> certificates;
    PemBlock block;
    for (std::size_t at = 0; next_pem_block(pem, at, block); at = block.end) {
        if (block.label != "CERTIFICATE" && block.label != "X509 CERTIFICATE" && block.label != "TRUSTED CERTIFICATE")
            continue;
        auto certificate = from_der(block.der);
        if (!certificate) return fail(certificate.error());
        certificates.push_back(std::move(*certificate));
    }
    if (certificates.empty()) return fail(Errc::malformed, "no PEM certificate in the text");
    return certificates;
}

Certificate Certificate::load(const std::string& path) {
    const std::string content = read_file(path);
    auto certificate =
        content.find("-----BEGIN") == std::string::npos ? from_der(as_bytes(content)) : from_pem(content);
    if (!certificate) throw std::runtime_error(path + ": " + certificate.error().message);
    return std::move(*certificate);
}

const Bytes& Certificate::der() const noexcept { return state_->der; }
std::string Certificate::pem(std::string_view eol) const { return make_pem("CERTIFICATE", state_->der, eol); }
std::string Certificate::subject_oneline() const { return oneline(X509_get_subject_name(native())); }
std::string Certificate::issuer_oneline() const { return oneline(X509_get_issuer_name(native())); }
std::string Certificate::subject_rfc2253() const { return rfc2253(X509_get_subject_name(native())); }
std::string Certificate::issuer_rfc2253() const { return rfc2253(X509_get_issuer_name(native())); }
std::string Certificate::common_name() const { return last_common_name(X509_get_subject_name(native())); }
WallTime Certificate::not_before() const { return to_wall_time(X509_get0_notBefore(native())); }
WallTime Certificate::not_after() const { return to_wall_time(X509_get0_notAfter(native())); }
bool Certificate::is_ca() const { return X509_check_ca(native()) == 1; }
X509* Certificate::native() const noexcept { return state_->native.get(); }

std::string Certificate::serial_hex() const {
    const ASN1_INTEGER* serial = X509_get0_serialNumber(native());
    return to_hex({ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial))});
}

bool Certificate::self_issued() const {
    return X509_NAME_cmp(X509_get_subject_name(native()), X509_get_issuer_name(native())) == 0;
}

KeyUsage Certificate::key_usage() const {
    KeyUsage usage;
    usage.present = (X509_get_extension_flags(native()) & EXFLAG_KUSAGE) != 0;
    if (!usage.present) return usage;
    const auto bits = X509_get_key_usage(native());
    usage.digital_signature = (bits & KU_DIGITAL_SIGNATURE) != 0;
    usage.key_encipherment = (bits & KU_KEY_ENCIPHERMENT) != 0;
    usage.key_cert_sign = (bits & KU_KEY_CERT_SIGN) != 0;
    return usage;
}

PublicKey Certificate::public_key() const {
    auto key = usable_public_key();
    if (!key) throw std::runtime_error(key.error().message);
    return std::move(*key);
}

Result<PublicKey> Certificate::usable_public_key() const {
    auto key =
        PublicKey::from_native(X509_get0_pubkey(native()), encode_der(X509_get_X509_PUBKEY(native()), i2d_X509_PUBKEY));
    if (!key) return fail(key.error().with(subject_oneline()));
    return key;
}

std::string Certificate::text() const {
    const auto bio = memory_bio();
    X509_print_ex(bio.get(), native(), XN_FLAG_ONELINE, 0);
    return bio_text(bio.get());
}

}  // namespace opencapf::x509

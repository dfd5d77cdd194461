// SPDX-License-Identifier: Apache-2.0
#include "opencapf/x509/request_details.hpp"

#include "native.hpp"
#include "opencapf/x509/free_with.hpp"

#include <algorithm>
#include <array>
#include <openssl/asn1.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

namespace opencapf::x509 {
namespace {

template <class T, auto Free>
using Owned = std::unique_ptr<T, FreeWith<Free>>;
using Extensions = Owned<STACK_OF(X509_EXTENSION), [](STACK_OF(X509_EXTENSION) * stack) {
    sk_X509_EXTENSION_pop_free(stack, X509_EXTENSION_free);
}>;

ByteView view_of(const ASN1_STRING* string) {
    return {ASN1_STRING_get0_data(string), static_cast<std::size_t>(ASN1_STRING_length(string))};
}

Bytes copy(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

std::string dotted(const ASN1_OBJECT* object) {
    std::array<char, 256> text{};
    const int length = OBJ_obj2txt(text.data(), text.size(), object, 1);
    return length > 0 && static_cast<std::size_t>(length) < text.size() ? std::string(text.data()) : std::string("?");
}

Owned<ASN1_TYPE, ASN1_TYPE_free> any_value(ByteView der) {
    const auto* in = der.data();
    Owned<ASN1_TYPE, ASN1_TYPE_free> value(d2i_ASN1_TYPE(nullptr, &in, static_cast<long>(der.size())));
    if (!value) drain_errors();
    return value;
}

}  // namespace

Result<void> check_der(ByteView der, std::size_t max_depth, std::size_t max_elements) {
    std::vector<std::size_t> open;  // where each open element ends
    std::size_t at = 0, elements = 0;
    do {
        while (!open.empty() && at == open.back()) open.pop_back();
        if (open.empty() && elements != 0) break;
        const std::size_t end = open.empty() ? der.size() : open.back();
        if (++elements > max_elements) return fail(Errc::too_large, "it has too many ASN.1 elements");
        if (end - at < 2) return fail(Errc::malformed, "an ASN.1 element is cut off");
        const std::uint8_t tag = der[at++];
        if ((tag & 0x1f) == 0x1f) return fail(Errc::malformed, "it has an ASN.1 tag of several bytes");
        std::size_t length = der[at++];
        if (length >= 0x80) {
            const std::size_t count = length & 0x7f;
            if (count == 0) return fail(Errc::malformed, "it has an indefinite ASN.1 length");
            if (count > 4 || count > end - at) return fail(Errc::malformed, "an ASN.1 length is absurd");
            length = 0;
            for (std::size_t i = 0; i < count; ++i) length = length << 8 | der[at++];
        }
        if (length > end - at) return fail(Errc::malformed, "an ASN.1 element is longer than what holds it");
        if ((tag & 0x20) == 0) {
            at += length;
            continue;
        }
        if (open.size() >= max_depth) return fail(Errc::too_large, "its ASN.1 is nested too deep");
        open.push_back(at + length);
    } while (at < der.size() || !open.empty());
    if (at != der.size()) return fail(Errc::malformed, "there are bytes after it");
    return {};
}

std::vector<RequestAttribute> request_attributes(const CertificateRequest& request) {
    std::vector<RequestAttribute> attributes;
    const int count = X509_REQ_get_attr_count(request.native());
    for (int i = 0; i < count; ++i) {
        X509_ATTRIBUTE* native = X509_REQ_get_attr(request.native(), i);
        RequestAttribute attribute;
        attribute.oid = dotted(X509_ATTRIBUTE_get0_object(native));
        const int values = X509_ATTRIBUTE_count(native);
        for (int v = 0; v < values; ++v)
            attribute.values.push_back(encode_der(X509_ATTRIBUTE_get0_type(native, v), i2d_ASN1_TYPE));
        attributes.push_back(std::move(attribute));
    }
    return attributes;
}

Result<std::vector<Extension>> requested_extensions(const CertificateRequest& request) {
    std::vector<Extension> extensions;
    for (const auto& attribute : request_attributes(request)) {
        if (attribute.oid != kExtensionRequestOid && attribute.oid != kMicrosoftExtensionRequestOid) continue;
        for (const auto& value : attribute.values) {
            const auto* in = value.data();
            const Extensions stack(d2i_X509_EXTENSIONS(nullptr, &in, static_cast<long>(value.size())));
            if (!stack || in != value.data() + value.size())
                return fail(Errc::malformed, "the extensions of the request cannot be read: " + drain_errors());
            for (int i = 0; i < sk_X509_EXTENSION_num(stack.get()); ++i) {
                X509_EXTENSION* native = sk_X509_EXTENSION_value(stack.get(), i);
                extensions.push_back({dotted(X509_EXTENSION_get_object(native)),
                                      X509_EXTENSION_get_critical(native) != 0,
                                      copy(view_of(X509_EXTENSION_get_data(native)))});
            }
        }
    }
    return extensions;
}

std::optional<std::string> string_value(ByteView der) {
    const auto value = any_value(der);
    if (!value) return std::nullopt;
    switch (value->type) {
        case V_ASN1_UTF8STRING:
        case V_ASN1_PRINTABLESTRING:
        case V_ASN1_IA5STRING:
        case V_ASN1_T61STRING:
        case V_ASN1_BMPSTRING:
        case V_ASN1_UNIVERSALSTRING:
            break;
        default:
            return std::nullopt;
    }
    unsigned char* utf8 = nullptr;
    const int length = ASN1_STRING_to_UTF8(&utf8, value->value.asn1_string);
    if (length < 0) {
        drain_errors();
        return std::nullopt;
    }
    std::string text(reinterpret_cast<char*>(utf8), static_cast<std::size_t>(length));
    OPENSSL_free(utf8);
    return text;
}

std::optional<Bytes> octets_value(ByteView der) {
    const auto value = any_value(der);
    if (!value || value->type != V_ASN1_OCTET_STRING) return std::nullopt;
    return copy(view_of(value->value.octet_string));
}

std::string key_algorithm(const CertificateRequest& request) {
    ASN1_OBJECT* algorithm = nullptr;
    X509_PUBKEY_get0_param(&algorithm, nullptr, nullptr, nullptr, X509_REQ_get_X509_PUBKEY(request.native()));
    return algorithm != nullptr ? dotted(algorithm) : std::string();
}

std::string signature_algorithm(const CertificateRequest& request) {
    const X509_ALGOR* algorithm = nullptr;
    X509_REQ_get0_signature(request.native(), nullptr, &algorithm);
    const ASN1_OBJECT* object = nullptr;
    X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
    return dotted(object);
}

std::string signature_digest(const CertificateRequest& request) {
    int digest = NID_undef;
    if (OBJ_find_sigid_algs(X509_REQ_get_signature_nid(request.native()), &digest, nullptr) != 1 || digest == NID_undef)
        return {};
    return OBJ_nid2sn(digest);
}

Bytes subject_alt_name_der(const Certificate& certificate) {
    const int at = X509_get_ext_by_NID(certificate.native(), NID_subject_alt_name, -1);
    if (at < 0) return {};
    return copy(view_of(X509_EXTENSION_get_data(X509_get_ext(certificate.native(), at))));
}

bool has_extended_key_usage(const Certificate& certificate, const std::string& oid) {
    const Owned<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free> usages(
        static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(certificate.native(), NID_ext_key_usage, nullptr, nullptr)));
    drain_errors();
    if (!usages) return false;
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages.get()); ++i)
        if (dotted(sk_ASN1_OBJECT_value(usages.get(), i)) == oid) return true;
    return false;
}

Bytes key_identifier_of(const Certificate& certificate) {
    const ASN1_OCTET_STRING* id = X509_get0_subject_key_id(certificate.native());
    return id != nullptr ? copy(view_of(id)) : key_identifier(X509_get_X509_PUBKEY(certificate.native()));
}

Result<CertificateRequest> remake_request(const CertificateRequest& pattern, const PrivateKey& key,
                                          const std::vector<std::string>& left_out) {
    const Handle<X509_REQ> request(X509_REQ_new());
    bool good = request && X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) == 1 &&
                X509_REQ_set_subject_name(request.get(), X509_REQ_get_subject_name(pattern.native())) == 1 &&
                X509_REQ_set_pubkey(request.get(), key.native()) == 1;
    const int count = X509_REQ_get_attr_count(pattern.native());
    for (int i = 0; good && i < count; ++i) {
        X509_ATTRIBUTE* attribute = X509_REQ_get_attr(pattern.native(), i);
        const std::string oid = dotted(X509_ATTRIBUTE_get0_object(attribute));
        if (std::find(left_out.begin(), left_out.end(), oid) == left_out.end())
            good = X509_REQ_add1_attr(request.get(), attribute) == 1;
    }
    if (!good || X509_REQ_sign(request.get(), key.native(), EVP_sha256()) <= 0)
        return fail(Errc::crypto, "cannot make a certificate request: " + drain_errors());
    return CertificateRequest::from_der(encode_der(request.get(), i2d_X509_REQ));
}

}  // namespace opencapf::x509

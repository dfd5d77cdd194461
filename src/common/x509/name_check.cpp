// SPDX-License-Identifier: Apache-2.0
#include "native.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/x509/free_with.hpp"
#include "opencapf/x509/request_details.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <openssl/x509v3.h>

namespace opencapf::x509 {
namespace {

using Names = std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES_free>>;

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7f; }

/// UTF-8 of a directory string, when its bytes are what its type promises.
std::optional<std::string> utf8_of(const ASN1_STRING* string) {
    // ASN1_STRING_to_UTF8 reads IA5 and printable strings as Latin-1: bytes that their alphabet lacks slip through.
    const int type = ASN1_STRING_type(string);
    const std::string_view raw(reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
                               static_cast<std::size_t>(ASN1_STRING_length(string)));
    const auto not_ascii = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    if ((type == V_ASN1_IA5STRING || type == V_ASN1_PRINTABLESTRING) && std::any_of(raw.begin(), raw.end(), not_ascii))
        return std::nullopt;
    unsigned char* utf8 = nullptr;
    const int length = ASN1_STRING_to_UTF8(&utf8, string);
    if (length < 0) {
        drain_errors();
        return std::nullopt;
    }
    std::string text(reinterpret_cast<char*>(utf8), static_cast<std::size_t>(length));
    OPENSSL_free(utf8);
    return text;
}

Result<void> check_text(const ASN1_STRING* string, std::size_t max_bytes, const std::string& what) {
    if (static_cast<std::size_t>(ASN1_STRING_length(string)) > max_bytes)
        return fail(Errc::malformed, what + " is longer than " + std::to_string(max_bytes) + " bytes");
    const auto text = utf8_of(string);
    if (!text) return fail(Errc::malformed, what + " is not text of its string type");
    if (std::any_of(text->begin(), text->end(), [](char c) { return is_control(static_cast<unsigned char>(c)); }))
        return fail(Errc::malformed, what + " holds a NUL or another control character");
    return {};
}

Names read_names(ByteView der) {
    const auto* in = der.data();
    Names names(d2i_GENERAL_NAMES(nullptr, &in, static_cast<long>(der.size())));
    if (names && in != der.data() + der.size()) names.reset();
    drain_errors();
    return names;
}

std::string ascii(const ASN1_STRING* string) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
            static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string address(const ASN1_STRING* octets) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int length = ASN1_STRING_length(octets);
    if (length != 4 && length != 16) return "?";
    ::inet_ntop(length == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(octets), text.data(), text.size());
    return text.data();
}

}  // namespace

Result<std::size_t> check_name(const X509_NAME* name, std::size_t max_entries, std::size_t max_bytes) {
    const int count = X509_NAME_entry_count(name);
    if (count < 0 || static_cast<std::size_t>(count) > max_entries)
        return fail(Errc::malformed, "the subject has more than " + std::to_string(max_entries) + " parts");
    for (int i = 0; i < count; ++i) {
        const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
        const int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
        const std::string part = nid == NID_undef ? std::string("a part") : std::string(OBJ_nid2sn(nid));
        const auto good = check_text(X509_NAME_ENTRY_get_data(entry), max_bytes, part + " of the subject");
        if (!good) return fail(good.error());
    }
    return static_cast<std::size_t>(count);
}

Result<std::size_t> check_alternative_names(ByteView der, std::size_t max_names, std::size_t max_bytes) {
    const auto names = read_names(der);
    if (!names) return fail(Errc::malformed, "the subjectAltName cannot be read");
    const auto count = static_cast<std::size_t>(std::max(0, sk_GENERAL_NAME_num(names.get())));
    if (count > max_names) return fail(Errc::malformed, "more than " + std::to_string(max_names) + " subjectAltNames");
    for (std::size_t i = 0; i < count; ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), static_cast<int>(i));
        Result<void> good;
        if (name->type == GEN_DNS || name->type == GEN_EMAIL || name->type == GEN_URI) {
            good = check_text(name->d.ia5, max_bytes, "a subjectAltName");
        } else if (name->type == GEN_DIRNAME) {
            const auto inner = check_name(name->d.directoryName, max_names, max_bytes);
            if (!inner) good = fail(inner.error());
        } else if (name->type == GEN_IPADD && ASN1_STRING_length(name->d.iPAddress) != 4 &&
                   ASN1_STRING_length(name->d.iPAddress) != 16) {
            good = fail(Errc::malformed, "a subjectAltName is an IP address of a wrong length");
        }
        if (!good) return fail(good.error());
    }
    return count;
}

std::vector<std::string> alternative_names(ByteView der) {
    std::vector<std::string> texts;
    const auto names = read_names(der);
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        switch (name->type) {
            case GEN_DNS:
                texts.push_back("DNS:" + ascii(name->d.ia5));
                break;
            case GEN_EMAIL:
                texts.push_back("email:" + ascii(name->d.ia5));
                break;
            case GEN_URI:
                texts.push_back("URI:" + ascii(name->d.ia5));
                break;
            case GEN_IPADD:
                texts.push_back("IP:" + address(name->d.iPAddress));
                break;
            default:
                texts.emplace_back("other");
        }
    }
    return texts;
}

bool claims_ca(ByteView der) {
    const auto* in = der.data();
    const std::unique_ptr<BASIC_CONSTRAINTS, FreeWith<BASIC_CONSTRAINTS_free>> constraints(
        d2i_BASIC_CONSTRAINTS(nullptr, &in, static_cast<long>(der.size())));
    drain_errors();
    return !constraints || constraints->ca != 0;
}

bool asks_to_sign_certificates(ByteView der) {
    const auto* in = der.data();
    const std::unique_ptr<ASN1_BIT_STRING, FreeWith<ASN1_BIT_STRING_free>> bits(
        d2i_ASN1_BIT_STRING(nullptr, &in, static_cast<long>(der.size())));
    drain_errors();
    constexpr int kCertSign = 5, kCrlSign = 6;  // RFC 5280 section 4.2.1.3
    return !bits || ASN1_BIT_STRING_get_bit(bits.get(), kCertSign) == 1 ||
           ASN1_BIT_STRING_get_bit(bits.get(), kCrlSign) == 1;
}

}  // namespace opencapf::x509

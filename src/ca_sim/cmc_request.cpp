// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/cmc_request.hpp"

#include "ca_sim/der.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/http/message.hpp"

#include <limits>
#include <memory>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/x509.h>

namespace opencapf::ca_sim {
namespace {

constexpr const char* kDataOid = "1.2.840.113549.1.7.1";
constexpr const char* kPkiDataOid = "1.3.6.1.5.5.7.12.2";
constexpr const char* kRegInfoOid = "1.3.6.1.5.5.7.7.18";
constexpr const char* kPopWitnessOid = "1.3.6.1.5.5.7.7.11";
constexpr std::size_t kMaxCertificates = 16;

struct CmsFree {
    void operator()(CMS_ContentInfo* cms) const noexcept { CMS_ContentInfo_free(cms); }
};
using Cms = std::unique_ptr<CMS_ContentInfo, CmsFree>;

/// Base64 with or without one PEM envelope, whatever its label.
std::optional<Bytes> unwrap_text(std::string_view text) {
    text = trim(text);
    constexpr std::string_view kBegin = "-----BEGIN ", kDashes = "-----";
    if (text.starts_with(kBegin)) {
        const std::size_t head = text.find(kDashes, kBegin.size());
        if (head == std::string_view::npos) return std::nullopt;
        text.remove_prefix(head + kDashes.size());
        const std::size_t tail = text.find(kDashes);
        if (tail == std::string_view::npos) return std::nullopt;
        text = text.substr(0, tail);
    }
    return from_base64(text);
}

void read_reg_info(ByteView value, DecodedRequest& decoded) {
    for (auto& [name, text] : http::parse_form(as_text(value))) {
        if (iequals(name, "RequesterName")) decoded.requester = text;
        if (iequals(name, "CertificateTemplate")) decoded.template_name = text;
    }
}

/// TaggedAttribute: bodyPartID, type, values.
void read_control(der::Cursor control, DecodedRequest& decoded) {
    if (!control.enter(der::kInteger)) return;
    const auto type = control.oid();
    if (type == kPopWitnessOid) decoded.proof_witnessed = true;
    if (type != kRegInfoOid) return;
    auto values = control.enter(der::kSet);
    if (!values) return;
    if (const auto text = values->enter(der::kOctetString)) read_reg_info(text->rest(), decoded);
}

/// PKIData of RFC 5272 section 3.2.1: the one PKCS#10 in it.
std::optional<x509::CertificateRequest> read_pki_data(ByteView content, std::vector<der::Cursor>& controls) {
    der::Cursor outer(content);
    auto data = outer.enter(der::kSequence);
    if (!data) return std::nullopt;
    auto list = data->enter(der::kSequence);
    auto requests = data->enter(der::kSequence);
    if (!list || !requests) return std::nullopt;
    while (auto control = list->enter(der::kSequence)) controls.push_back(*control);
    auto tagged = requests->enter(0xa0);
    if (!tagged || !requests->rest().empty() || !tagged->enter(der::kInteger)) return std::nullopt;
    auto request = x509::CertificateRequest::from_der(tagged->rest());
    if (!request) return std::nullopt;
    return std::move(*request);
}

std::vector<x509::Certificate> copies(STACK_OF(X509) * certificates) {
    std::vector<x509::Certificate> list;
    for (int i = 0; i < sk_X509_num(certificates); ++i) {
        X509* certificate = sk_X509_value(certificates, i);
        X509_up_ref(certificate);
        list.push_back(x509::Certificate::adopt(x509::Handle<X509>(certificate)));
    }
    return list;
}

void read_signers(CMS_ContentInfo* cms, DecodedRequest& decoded) {
    if (STACK_OF(X509)* certificates = CMS_get1_certs(cms)) {
        if (static_cast<std::size_t>(sk_X509_num(certificates)) <= kMaxCertificates)
            decoded.enclosed = copies(certificates);
        sk_X509_pop_free(certificates, X509_free);
    }
    const unsigned flags = CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY;
    decoded.signatures_right =
        !decoded.enclosed.empty() && CMS_verify(cms, nullptr, nullptr, nullptr, nullptr, flags) == 1;
    if (!decoded.signatures_right) {
        x509::drain_errors();
        return;
    }
    STACK_OF(X509)* signers = CMS_get0_signers(cms);
    decoded.signers = copies(signers);
    sk_X509_free(signers);
}

}  // namespace

Result<DecodedRequest> decode_request(std::string_view text) {
    auto plain = x509::CertificateRequest::from_text(text);
    if (plain) return DecodedRequest{std::move(*plain), false, false, {}, {}, {}, {}, false};
    const auto der = unwrap_text(text);
    if (!der || der->size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return fail(plain.error());
    const unsigned char* at = der->data();
    const Cms cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(der->size())));
    if (!cms || at != der->data() + der->size()) {
        x509::drain_errors();
        return fail(plain.error());
    }
    ASN1_OCTET_STRING** content = CMS_get0_content(cms.get());
    if (OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_pkcs7_signed || content == nullptr || *content == nullptr)
        return fail(Errc::malformed, "the PKCS#7 holds no signed data");
    const ByteView inner(ASN1_STRING_get0_data(*content), static_cast<std::size_t>(ASN1_STRING_length(*content)));
    const std::string type = der::oid_text(CMS_get0_eContentType(cms.get()));

    std::vector<der::Cursor> controls;
    std::optional<x509::CertificateRequest> request;
    if (type == kPkiDataOid) {
        request = read_pki_data(inner, controls);
    } else if (type == kDataOid) {
        if (auto parsed = x509::CertificateRequest::from_der(inner)) request = std::move(*parsed);
    }
    if (!request) return fail(Errc::malformed, "the signed data holds no single PKCS#10");
    DecodedRequest decoded{std::move(*request), true, false, {}, {}, {}, {}, false};
    read_signers(cms.get(), decoded);
    for (const der::Cursor& control : controls) read_control(control, decoded);
    return decoded;
}

}  // namespace opencapf::ca_sim

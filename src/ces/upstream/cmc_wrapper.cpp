// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/cmc_wrapper.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/x509/builder.hpp"
#include "opencapf/x509/handle.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdexcept>

namespace opencapf::ces {
namespace {

constexpr std::uint8_t kInteger = 0x02, kOctetString = 0x04, kObject = 0x06, kSequence = 0x30, kSet = 0x31;
constexpr std::uint8_t kTaggedRequest = 0xa0;  // tcr [0] IMPLICIT TaggedCertificationRequest

constexpr const char* kPkiData = "1.3.6.1.5.5.7.12.2";                        // id-cct-PKIData
constexpr const char* kPopWitness = "1.3.6.1.5.5.7.7.11";                     // id-cmc-lraPOPWitness
constexpr const char* kRegInfo = "1.3.6.1.5.5.7.7.18";                        // id-cmc-regInfo
constexpr std::uint8_t kRequestPart = 1, kRegInfoPart = 2, kWitnessPart = 3;  // bodyPartIDs; 0 is the PKIData itself

struct CmsFree {
    void operator()(CMS_ContentInfo* cms) const noexcept { CMS_ContentInfo_free(cms); }
};
struct BioFree {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
struct ObjectFree {
    void operator()(ASN1_OBJECT* object) const noexcept { ASN1_OBJECT_free(object); }
};
struct StackFree {
    void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_free(stack); }  // borrowed certificates
};
using Object = std::unique_ptr<ASN1_OBJECT, ObjectFree>;

Bytes joined(std::initializer_list<Bytes> parts) {
    Bytes all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}

Bytes sequence(std::initializer_list<Bytes> parts) { return x509::make_der(kSequence, joined(parts)); }
Bytes integer(std::uint8_t value) { return x509::make_der(kInteger, Bytes{value}); }

Bytes object(const char* dotted) {
    const Object native(OBJ_txt2obj(dotted, 1));
    if (!native) throw std::runtime_error("OpenSSL does not take the object identifier " + std::string(dotted));
    const auto* bytes = OBJ_get0_data(native.get());
    return x509::make_der(kObject, Bytes(bytes, bytes + OBJ_length(native.get())));
}

Bytes control(std::uint8_t part, const char* type, const Bytes& value) {
    return sequence({integer(part), object(type), x509::make_der(kSet, value)});
}

/// PKIData of RFC 5272 section 3.2.1 with one request.
Bytes pki_data(const x509::CertificateRequest& request, bool witness, std::string_view template_name) {
    const std::string info = "CertificateTemplate=" + percent_encode(template_name) + "&";
    Bytes controls = control(kRegInfoPart, kRegInfo, x509::make_der(kOctetString, Bytes(info.begin(), info.end())));
    if (witness)
        controls = joined(
            {controls, control(kWitnessPart, kPopWitness, sequence({integer(0), sequence({integer(kRequestPart)})}))});
    const Bytes tagged = x509::make_der(kTaggedRequest, joined({integer(kRequestPart), request.der()}));
    return sequence({sequence({controls}), sequence({tagged}), sequence({}), sequence({})});
}

bool is_agent(const x509::Certificate& certificate) {
    auto* usages =
        static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(certificate.native(), NID_ext_key_usage, nullptr, nullptr));
    const Object agent(OBJ_txt2obj(kCertificateRequestAgent, 1));
    bool found = false;
    for (int i = 0; usages != nullptr && agent && i < sk_ASN1_OBJECT_num(usages); ++i)
        found = found || OBJ_cmp(sk_ASN1_OBJECT_value(usages, i), agent.get()) == 0;
    EXTENDED_KEY_USAGE_free(usages);
    return found;
}

}  // namespace

CmcWrapper::CmcWrapper(std::vector<x509::Certificate> chain, x509::PrivateKey key)
    : chain_(std::move(chain)), key_(std::move(key)) {
    if (chain_.empty() || !(chain_.front().public_key() == key_.public_key()))
        throw std::runtime_error("certificate and key of 'cmc' do not belong together");
    if (!is_agent(chain_.front()))
        throw std::runtime_error("the certificate of 'cmc', " + chain_.front().subject_rfc2253() +
                                 ", lacks the extended key usage Certificate Request Agent (" +
                                 kCertificateRequestAgent + "): the CA would refuse what it signs");
}

Result<Bytes> CmcWrapper::wrap(const x509::CertificateRequest& request, bool witness,
                               std::string_view template_name) const {
    const Bytes content = pki_data(request, witness, template_name);
    const auto failed = [] { return fail(Errc::crypto, "cannot sign the CMC request: " + x509::drain_errors()); };
    const std::unique_ptr<STACK_OF(X509), StackFree> others(sk_X509_new_null());
    for (std::size_t i = 1; others && i < chain_.size(); ++i)
        if (!chain_[i].self_issued()) sk_X509_push(others.get(), chain_[i].native());
    constexpr unsigned kFlags = CMS_BINARY | CMS_NOSMIMECAP;
    const std::unique_ptr<CMS_ContentInfo, CmsFree> cms(
        CMS_sign(nullptr, nullptr, others.get(), nullptr, kFlags | CMS_PARTIAL));
    const Object type(OBJ_txt2obj(kPkiData, 1));
    if (!cms || !type || CMS_set1_eContentType(cms.get(), type.get()) != 1) return failed();
    if (CMS_add1_signer(cms.get(), chain_.front().native(), key_.native(), EVP_sha256(), kFlags) == nullptr)
        return failed();
    const std::unique_ptr<BIO, BioFree> data(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
    if (!data || CMS_final(cms.get(), data.get(), nullptr, kFlags) != 1) return failed();
    const int size = i2d_CMS_ContentInfo(cms.get(), nullptr);
    if (size <= 0) return failed();
    Bytes der(static_cast<std::size_t>(size));
    auto* at = der.data();
    i2d_CMS_ContentInfo(cms.get(), &at);
    return der;
}

std::string cmc_pem(const Bytes& content_info) {
    return "-----BEGIN NEW CERTIFICATE REQUEST-----\n" + to_base64(content_info, 64) +
           "-----END NEW CERTIFICATE REQUEST-----\n";
}

}  // namespace opencapf::ces

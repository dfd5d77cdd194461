// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/ocsp.hpp"

#include "opencapf/log/operator_log.hpp"
#include "opencapf/x509/free_with.hpp"

#include <new>
#include <openssl/bn.h>
#include <openssl/ocsp.h>

namespace opencapf::ca_sim {
namespace {

constexpr auto kValidity = std::chrono::hours(1);

using Basic = std::unique_ptr<OCSP_BASICRESP, x509::FreeWith<OCSP_BASICRESP_free>>;
using Response = std::unique_ptr<OCSP_RESPONSE, x509::FreeWith<OCSP_RESPONSE_free>>;
using Time = std::unique_ptr<ASN1_TIME, x509::FreeWith<ASN1_TIME_free>>;
using CertId = std::unique_ptr<OCSP_CERTID, x509::FreeWith<OCSP_CERTID_free>>;
using BigNumber = std::unique_ptr<BIGNUM, x509::FreeWith<BN_free>>;

OCSP_CERTID* id_of(const std::shared_ptr<OCSP_REQUEST>& request, std::size_t index) {
    return OCSP_onereq_get0_id(OCSP_request_onereq_get0(request.get(), static_cast<int>(index)));
}

Time time_of(WallTime time) {
    Time out(ASN1_GENERALIZEDTIME_set(nullptr, std::chrono::system_clock::to_time_t(time)));
    if (!out) throw std::bad_alloc();
    return out;
}

Bytes encode(OCSP_RESPONSE* response) {
    unsigned char* encoded = nullptr;
    const int length = i2d_OCSP_RESPONSE(response, &encoded);
    if (length <= 0) throw std::bad_alloc();
    Bytes der(encoded, encoded + length);
    OPENSSL_free(encoded);
    return der;
}

bool add_status(OCSP_BASICRESP* basic, OCSP_CERTID* id, const OcspStatus& status, ASN1_TIME* from, ASN1_TIME* until) {
    if (status.kind == OcspStatus::Kind::revoked) {
        const Time when = time_of(status.when);
        const int reason = status.reason == 0 ? OCSP_REVOKED_STATUS_NOSTATUS : status.reason;
        return OCSP_basic_add1_status(basic, id, V_OCSP_CERTSTATUS_REVOKED, reason, when.get(), from, until) != nullptr;
    }
    const int kind = status.kind == OcspStatus::Kind::good ? V_OCSP_CERTSTATUS_GOOD : V_OCSP_CERTSTATUS_UNKNOWN;
    return OCSP_basic_add1_status(basic, id, kind, 0, nullptr, from, until) != nullptr;
}

Task<OcspStatus> status_of(CertificateAuthority& ca, std::string serial, int key_index) {
    OcspStatus status;
    const auto row = co_await ca.store().find_serial(std::move(serial));
    if (!row) co_return status;
    const auto issuers = ca.issuers();
    const auto index = static_cast<std::size_t>(row->authority);
    if (index >= issuers->size() || (*issuers)[index]->authority().key_index != key_index) co_return status;
    status.kind = row->revoked.empty() ? OcspStatus::Kind::good : OcspStatus::Kind::revoked;
    status.when = parse_database_time(row->revoked).value_or(WallTime());
    status.reason = row->revoke_reason;
    co_return status;
}

Task<Bytes> answer(CertificateAuthority& ca, OcspRequest request) {
    std::shared_ptr<const Issuer> signer;
    std::vector<OcspStatus> statuses;
    for (std::size_t i = 0; i < request.size(); ++i) {
        const auto issuer = request.issuer(i, *ca.issuers());
        if (!signer) signer = issuer;
        OcspStatus status;
        // One response has one signer: what another key issued is unknown to it.
        if (issuer && issuer == signer) {
            std::string serial = request.serial(i);
            status = co_await status_of(ca, std::move(serial), issuer->authority().key_index);
        }
        statuses.push_back(status);
    }
    if (!signer) co_return ocsp_error(kOcspUnauthorized);
    const WallTime now = std::chrono::floor<std::chrono::seconds>(ca.now());
    Result<Bytes> response = fail(Errc::internal, "not built");
    auto job = [&] { response = ocsp_response(request, *signer, statuses, now, now + kValidity); };
    std::function<void()> erased(std::ref(job));
    co_await ca.pool().run(std::move(erased));
    if (response) co_return std::move(*response);
    log::error("OCSP: " + response.error().message);
    co_return ocsp_error(kOcspInternalError);
}

}  // namespace

Result<OcspRequest> OcspRequest::parse(ByteView der) {
    const unsigned char* at = der.data();
    std::shared_ptr<OCSP_REQUEST> request(d2i_OCSP_REQUEST(nullptr, &at, static_cast<long>(der.size())),
                                          OCSP_REQUEST_free);
    if (!request || at != der.data() + der.size())
        return fail(Errc::malformed, "no OCSP request: " + x509::drain_errors());
    const int count = OCSP_request_onereq_count(request.get());
    if (count < 1) return fail(Errc::malformed, "an OCSP request without certificates");
    if (static_cast<std::size_t>(count) > kOcspMaxRequests)
        return fail(Errc::too_large, "an OCSP request for too many certificates");
    return OcspRequest(std::move(request));
}

std::size_t OcspRequest::size() const noexcept {
    return static_cast<std::size_t>(OCSP_request_onereq_count(request_.get()));
}

std::string OcspRequest::serial(std::size_t index) const {
    ASN1_INTEGER* serial = nullptr;
    OCSP_id_get0_info(nullptr, nullptr, nullptr, &serial, id_of(request_, index));
    const BigNumber number(ASN1_INTEGER_to_BN(serial, nullptr));
    if (!number) throw std::bad_alloc();
    Bytes bytes(static_cast<std::size_t>(BN_num_bytes(number.get())));
    BN_bn2bin(number.get(), bytes.data());
    return to_hex(bytes);
}

std::shared_ptr<const Issuer> OcspRequest::issuer(std::size_t index, const Issuers& issuers) const {
    OCSP_CERTID* asked = id_of(request_, index);
    ASN1_OBJECT* algorithm = nullptr;
    OCSP_id_get0_info(nullptr, &algorithm, nullptr, nullptr, asked);
    const EVP_MD* digest = EVP_get_digestbyobj(algorithm);
    if (digest == nullptr) return nullptr;
    std::shared_ptr<const Issuer> found;
    for (const auto& issuer : issuers) {
        X509* certificate = issuer->authority().certificate().native();
        const CertId own(OCSP_cert_id_new(digest, X509_get_subject_name(certificate),
                                          X509_get0_pubkey_bitstr(certificate), nullptr));
        if (own && OCSP_id_issuer_cmp(own.get(), asked) == 0) found = issuer;
    }
    x509::drain_errors();
    return found;
}

Result<Bytes> ocsp_response(const OcspRequest& request, const Issuer& issuer, const std::vector<OcspStatus>& statuses,
                            WallTime this_update, WallTime next_update) {
    const Basic basic(OCSP_BASICRESP_new());
    if (!basic) throw std::bad_alloc();
    const Time from = time_of(this_update);
    const Time until = time_of(next_update);
    for (std::size_t i = 0; i < statuses.size(); ++i) {
        OCSP_CERTID* id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(request.native(), static_cast<int>(i)));
        if (!add_status(basic.get(), id, statuses[i], from.get(), until.get()))
            return fail(Errc::crypto, "cannot add a status: " + x509::drain_errors());
    }
    OCSP_copy_nonce(basic.get(), request.native());
    if (OCSP_basic_sign(basic.get(), issuer.authority().certificate().native(), issuer.authority().key->native(),
                        EVP_sha256(), nullptr, OCSP_NOCERTS | OCSP_RESPID_KEY) != 1)
        return fail(Errc::crypto, "cannot sign: " + x509::drain_errors());
    const Response response(OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
    if (!response) throw std::bad_alloc();
    return encode(response.get());
}

Bytes ocsp_error(int status) {
    const Response response(OCSP_response_create(status, nullptr));
    if (!response) throw std::bad_alloc();
    return encode(response.get());
}

Task<Bytes> answer_ocsp(CertificateAuthority& ca, Bytes request) {
    auto parsed = OcspRequest::parse(request);
    if (!parsed) co_return ocsp_error(kOcspMalformed);
    try {
        co_return co_await answer(ca, std::move(*parsed));
    } catch (const std::exception& problem) {
        log::error(std::string("OCSP: ") + problem.what());
    }
    co_return ocsp_error(kOcspInternalError);
}

}  // namespace opencapf::ca_sim

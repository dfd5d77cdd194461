// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/capf_protocol/codes.hpp"

namespace opencapf::capf_protocol::invented {

// INVENTED. No public program, capture or document shows how a phone signs the PKCS#10 of Online CA mode, how CAPF asks
// for a MIC, how it delivers a certificate that was issued after the session, nor the names of CAPF's states and events
// beyond one pair (reference/capf-protocol.md 4.4, 5.4, 8, cucm-capf.md 3). Everything we made up for that is in this
// file, so that one real capture can correct it in one place. Never send it to a phone that has not announced by
// configuration that it understands it.

// --- The sign exchange: CAPF sends the request info, the phone answers with the signature over it. ---
inline constexpr Command kSignRequest = Command::sign_certificate_request;    // number and name public, use invented
inline constexpr Command kSignResponse = Command::sign_certificate_response;  // number and name public, use invented
inline constexpr Tag kSignDigest = Tag::digest_type;                          // one byte, HashCode
inline constexpr Tag kSignRequestInfo = Tag{14};         // DER CertificationRequestInfo; 14 has no public name
inline constexpr Tag kSignSignature = Tag::signed_data;  // PKCS#1 v1.5 or DER ECDSA over the request info

// --- Fetching the MIC: FETCH_CERTIFICATE_REQUEST, which is empty in public, names the type. A second fetch may follow
// the first in one session, so that Troubleshoot gets both certificates. Only for version 3 and newer. ---
inline constexpr Tag kFetchType = Tag::certificate_type;
/// So many fetches a phone answers in one session.
inline constexpr int kMaxFetches = 2;

// --- Offline CA: the certificate comes days after the key. The first session ends with END_SESSION 0 after
// KEY_GENERATE_RESPONSE, and the phone keeps the key; a later one starts with STORE_CERTIFICATE_REQUEST right after
// AUTH_RESPONSE. Nothing on the wire is new, only the order. ---
inline constexpr Reason kCertificateComesLater = Reason::no_action;

// --- Key order "EC preferred, RSA backup": how CUCM knows what a phone can do is not public. A phone of version 3 that
// refuses the EC key is asked for an RSA key in the same session; it may refuse so many keys. ---
inline constexpr int kMaxKeyRequests = 2;

// --- Names in the trace. Attested: kStateAwaitCaCert and kEventCaCertReply (RESP against REP is theirs). ---
inline constexpr std::string_view kStateAwaitCaCert = "CAPF_STATE_AWAIT_CA_CERT_RESP";  // attested
inline constexpr std::string_view kEventCaCertReply = "CAPF_EV_CA_CERT_REP";            // attested
inline constexpr std::string_view kStateIdle = "CAPF_STATE_IDLE";
inline constexpr std::string_view kStateAwaitAuth = "CAPF_STATE_AWAIT_AUTH_RESP";
inline constexpr std::string_view kStateAuthReceived = "CAPF_STATE_AUTH_CHECK";
inline constexpr std::string_view kStateAwaitKey = "CAPF_STATE_AWAIT_KEY_GEN_RESP";
inline constexpr std::string_view kStateKeyRefused = "CAPF_STATE_KEY_GEN_REFUSED";
inline constexpr std::string_view kStateAwaitSignature = "CAPF_STATE_AWAIT_SIGN_CERT_RESP";
inline constexpr std::string_view kStateAwaitStore = "CAPF_STATE_AWAIT_STORE_CERT_RESP";
inline constexpr std::string_view kStateAwaitFetch = "CAPF_STATE_AWAIT_FETCH_CERT_RESP";
inline constexpr std::string_view kStateAwaitDelete = "CAPF_STATE_AWAIT_DELETE_CERT_RESP";
inline constexpr std::string_view kStateFinished = "CAPF_STATE_OPERATION_DONE";
inline constexpr std::string_view kStateFailed = "CAPF_STATE_PROTOCOL_ERROR";
inline constexpr std::string_view kStateEnded = "CAPF_STATE_SESSION_ENDED";

inline constexpr std::string_view kEventAuth = "CAPF_EV_AUTH_RESP";
inline constexpr std::string_view kEventInProgress = "CAPF_EV_REQ_IN_PROGRESS";
inline constexpr std::string_view kEventKey = "CAPF_EV_KEY_GEN_RESP";
inline constexpr std::string_view kEventSigned = "CAPF_EV_SIGN_CERT_RESP";
inline constexpr std::string_view kEventStored = "CAPF_EV_STORE_CERT_RESP";
inline constexpr std::string_view kEventFetched = "CAPF_EV_FETCH_CERT_RESP";
inline constexpr std::string_view kEventDeleted = "CAPF_EV_DELETE_CERT_RESP";

}  // namespace opencapf::capf_protocol::invented

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/clock.hpp"
#include "opencapf/est/error.hpp"
#include "opencapf/metrics/common.hpp"

#include <string>
#include <variant>
#include <vector>

/// What cesd has to tell, as types. legacy_log.hpp turns them into the lines CUCM administrators know
/// (cucm-capf.md 5.3); nothing else in cesd makes such lines.
namespace opencapf::ces {

// --- start-up
struct ConfigParsed {};
struct WebTrustAdded {
    std::string subject;
};  ///< one certificate of the trust directory, for the web container
struct EstBanner {
    std::string compiled;
    std::string linked;
};  ///< OpenSSL's version texts
struct EstTrustAdded {
    std::string subject;
};  ///< the same certificate, for EST
struct PopDisabled {};
struct TlsOptionsSet {
    int curve_nid = 415;
};
struct ChainRetrieved {
    std::string url;
};
struct ChainLoginFailed {};
struct ChainRequestFailed {
    int code = 0;
    std::string text;
    std::string original;
    std::string url;
};
struct ChainUnavailable {};
struct ServerStarted {
    int pid = 0;
};

// --- towards the CA, at start and for a connection
struct LoginSucceeded {
    std::string url;
};
/// `original` is today's libcurl text where CUCM's words differ from it.
struct LoginFailed {
    int code = 0;
    std::string text;
    std::string original;
    std::string url;
};
struct AuthDataReceived {
    std::size_t bytes = 0;
};
enum class CaPage { request, submit, certificate };
struct PageFetched {
    CaPage page = CaPage::request;
    std::string url;
};
struct PageFailed {
    CaPage page = CaPage::request;
    int code = 0;
    std::string text;
    std::string original;
    std::string url;
};

// --- one EST connection
struct NoPeerCertificate {};
struct PeerCertificateValid {};
struct PeerCertificateRejected {
    int code = 0;  ///< X509_V_ERR_*
};
/// Of a client that showed a valid certificate: does it name id-kp-cmcRA, and may it therefore speak for others?
struct RaPresence {
    bool present = false;
};
struct PopMissing {};  ///< demanded, and not there
struct PopValid {};
struct PopInvalid {};
struct AuthHeaderMissing {};
struct AuthRejected {};
/// An answer that is no success: libEST's number, the status line and the sentence sent.
struct RequestFailed {
    est::EstError error = est::EstError::unknown;
    unsigned status = 0;
    std::string reason;
    std::string text;
};
struct ResponseLost {};  ///< the client had gone before the answer: EST_ERR_HTTP_WRITE
struct Access {
    std::string client;
    WallTime time;
    std::string method;  ///< empty: what came was no HTTP request, or did not come whole; access log only
    std::string target;
    int version = 11;
    unsigned status = 0;
    std::size_t bytes = 0;
    std::string referer;
    std::string user_agent;
    std::string account;        ///< who asked, as far as known; access log only
    std::string correlation;    ///< id of the request; access log only
    metrics::Seconds taken{0};  ///< from the request to the end of the answer; access log only
};
struct ConnectionEnded {
    bool clean = true;
};

using Event = std::variant<ConfigParsed, WebTrustAdded, EstBanner, EstTrustAdded, PopDisabled, TlsOptionsSet,
                           ChainRetrieved, ChainLoginFailed, ChainRequestFailed, ChainUnavailable, ServerStarted,
                           LoginSucceeded, LoginFailed, AuthDataReceived, PageFetched, PageFailed, NoPeerCertificate,
                           PeerCertificateValid, PeerCertificateRejected, RaPresence, PopMissing, PopValid, PopInvalid,
                           AuthHeaderMissing, AuthRejected, RequestFailed, ResponseLost, Access, ConnectionEnded>;

/// An event and when it happened.
struct TimedEvent {
    WallTime time;
    Event event;
};

}  // namespace opencapf::ces

// SPDX-License-Identifier: Apache-2.0
#include "opencapf/x509/certificate_check.hpp"

#include "native.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/x509/request_details.hpp"

#include <algorithm>
#include <iterator>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace opencapf::x509 {
namespace {

constexpr std::size_t kMaxName = 200;  // of a name that a peer chose
constexpr std::size_t kMaxNames = 8;   // listed of a certificate
constexpr std::size_t kMaxProblems = 10;
constexpr std::chrono::hours kSoon{30 * 24};

struct FreeStack {
    void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_free(stack); }
};
using Borrowed = std::unique_ptr<STACK_OF(X509), FreeStack>;

std::string subject(const Certificate& certificate) { return printable(certificate.subject_oneline(), kMaxName); }
std::string issuer(const Certificate& certificate) { return printable(certificate.issuer_oneline(), kMaxName); }

Certificate copy_of(X509* certificate) {
    X509_up_ref(certificate);
    return Certificate::adopt(Handle<X509>(certificate));
}

bool is_issuer_name(const Certificate& candidate, const Certificate& of) {
    return X509_NAME_cmp(X509_get_subject_name(candidate.native()), X509_get_issuer_name(of.native())) == 0;
}

std::string missing_issuer(const TrustStore& trust, const Certificate& stuck, const std::string& place) {
    const auto& known = trust.certificates();
    const auto namesake = std::find_if(known.begin(), known.end(),
                                       [&stuck](const auto& candidate) { return is_issuer_name(candidate, stuck); });
    if (namesake != known.end())
        return "the certificate of " + issuer(stuck) + " in " + place + " did not issue " + subject(stuck) +
               ": it has another key; put the CA's present certificate there";
    return "the issuer " + issuer(stuck) + " of " + subject(stuck) + " is not in " + place +
           ", and the server does not send it";
}

std::string problem_text(const TrustStore& trust, const Certificate& stuck, int code, const std::string& place) {
    switch (code) {
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return "the server's certificate " + subject(stuck) +
                   " is signed by itself: no CA vouches for it; give the server one that a CA issued";
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            return "the root " + subject(stuck) + " that the server shows is not in " + place;
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return missing_issuer(trust, stuck, place);
        case X509_V_ERR_INVALID_PURPOSE:
            return subject(stuck) + " is not made for this: its extended key usage or basic constraints forbid it";
        default:
            return subject(stuck) + ": " + X509_verify_cert_error_string(code);
    }
}

std::string days_text(WallTime::duration distance) {
    const auto hours = std::chrono::duration_cast<std::chrono::hours>(distance).count();
    if (hours >= 48) return std::to_string(hours / 24) + " days";
    if (hours >= 2) return std::to_string(hours) + " hours";
    return std::to_string(std::chrono::duration_cast<std::chrono::minutes>(distance).count()) + " minutes";
}

/// Nobody may be told each day to renew what is issued for a week.
bool ends_soon(const Certificate& certificate, WallTime now) {
    const auto left = certificate.not_after() - now;
    return left < kSoon && left < (certificate.not_after() - certificate.not_before()) / 3;
}

std::string day(WallTime time) { return format_utc(time, "%Y-%m-%d"); }

std::vector<std::string> names_of(const Certificate& certificate) {
    auto names = alternative_names(subject_alt_name_der(certificate));
    if (names.empty() && !certificate.common_name().empty()) names.push_back("CN:" + certificate.common_name());
    return names;
}

}  // namespace

ServerTrust judge_trust(const TrustStore& trust, const std::vector<Certificate>& shown, const std::string& place,
                        int security_level) {
    const Borrowed untrusted(sk_X509_new_null());
    for (const auto& certificate : shown) sk_X509_push(untrusted.get(), certificate.native());
    const Handle<X509_STORE_CTX> context(X509_STORE_CTX_new());
    const Certificate& leaf = shown.front();
    if (!context || X509_STORE_CTX_init(context.get(), trust.native(), leaf.native(), untrusted.get()) != 1)
        return {"cannot verify: " + drain_errors(), {}};
    X509_STORE_CTX_set_default(context.get(), "ssl_server");
    X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_NO_CHECK_TIME);
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(context.get()), security_level);
    ServerTrust verdict;
    if (X509_verify_cert(context.get()) == 1) {
        const STACK_OF(X509)* path = X509_STORE_CTX_get0_chain(context.get());
        for (int i = 0; i < sk_X509_num(path); ++i) verdict.path.push_back(copy_of(sk_X509_value(path, i)));
    } else {
        X509* stuck = X509_STORE_CTX_get_current_cert(context.get());
        verdict.problem = problem_text(trust, stuck == nullptr ? leaf : copy_of(stuck),
                                       X509_STORE_CTX_get_error(context.get()), place);
    }
    drain_errors();
    return verdict;
}

std::string name_problem(const Certificate& certificate, const std::string& host) {
    if (X509_check_ip_asc(certificate.native(), host.c_str(), 0) == 1 ||
        X509_check_host(certificate.native(), host.data(), host.size(), 0, nullptr) == 1)
        return {};
    drain_errors();
    auto names = names_of(certificate);
    if (names.empty()) return "it has no name at all, and " + host + " was asked for";
    std::string list;
    for (std::size_t i = 0; i < std::min(names.size(), kMaxNames); ++i)
        list += (i == 0 ? "" : ", ") + printable(names[i], kMaxName);
    if (names.size() > kMaxNames) list += " and " + std::to_string(names.size() - kMaxNames) + " more";
    return "it is for " + list + ", and " + host + " was asked for";
}

std::string date_problem(const Certificate& certificate, WallTime now) {
    if (certificate.not_before() > now)
        return subject(certificate) + " is not valid before " +
               format_utc(certificate.not_before(), "%Y-%m-%d %H:%M:%S") + " UTC, in " +
               days_text(certificate.not_before() - now);
    if (certificate.not_after() < now)
        return subject(certificate) + " ended on " + format_utc(certificate.not_after(), "%Y-%m-%d %H:%M:%S") +
               " UTC, " + days_text(now - certificate.not_after()) + " ago";
    return {};
}

std::string describe(const Certificate& certificate) {
    return subject(certificate) + ", issued by " + (certificate.self_issued() ? "itself" : issuer(certificate)) + ", " +
           day(certificate.not_before()) + " to " + day(certificate.not_after());
}

Check check_trusted(std::string step, const std::vector<Certificate>& certificates, WallTime now) {
    std::vector<Certificate> valid, worth;
    std::string idle;
    std::size_t count = 0;
    for (const auto& certificate : certificates) {
        const auto problem = date_problem(certificate, now);
        if (problem.empty()) {
            valid.push_back(certificate);
        } else if (++count <= kMaxProblems) {
            idle += "; " + problem;
        }
    }
    if (valid.empty()) return check_dates(std::move(step), certificates, now);
    std::copy_if(valid.begin(), valid.end(), std::back_inserter(worth), [&](const Certificate& one) {
        return !ends_soon(one, now) || std::none_of(valid.begin(), valid.end(), [&](const Certificate& other) {
            return other.subject_oneline() == one.subject_oneline() && !ends_soon(other, now);
        });
    });
    auto check = check_dates(std::move(step), worth, now);
    if (count > kMaxProblems) idle += "; and " + std::to_string(count - kMaxProblems) + " more";
    if (count > 0) check.found += "; of no use are" + idle.substr(1);
    return check;
}

Check check_dates(std::string step, const std::vector<Certificate>& certificates, WallTime now) {
    if (certificates.empty()) return bad(std::move(step), "there is no certificate");
    std::string problems;
    std::size_t count = 0;
    for (const auto& certificate : certificates) {
        auto problem = date_problem(certificate, now);
        if (problem.empty() && ends_soon(certificate, now))
            problem = subject(certificate) + " ends in " + days_text(certificate.not_after() - now) + ": renew it";
        if (!problem.empty() && ++count <= kMaxProblems) problems += (problems.empty() ? "" : "; ") + problem;
    }
    if (count > kMaxProblems) problems += "; and " + std::to_string(count - kMaxProblems) + " more";
    if (count > 0) return bad(std::move(step), problems);
    const auto first = std::min_element(certificates.begin(), certificates.end(),
                                        [](const auto& a, const auto& b) { return a.not_after() < b.not_after(); });
    const std::string when = subject(*first) + " ends in " + days_text(first->not_after() - now);
    if (certificates.size() == 1) return good(std::move(step), when);
    return good(std::move(step), std::to_string(certificates.size()) + " certificates, of which " + when);
}

}  // namespace opencapf::x509

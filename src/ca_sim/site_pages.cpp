// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/plain_form.hpp"
#include "ca_sim/site.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>
#include <array>

// The pages that ask the CA for nothing but names, and the list of pending requests that lives in the browser.
namespace opencapf::ca_sim {
namespace {

/// Parts that certfnsh.asp includes; fetched by themselves they have no request to speak of.
constexpr std::array<std::string_view, 5> kResultParts{"certrsis.asp", "certrspn.asp", "certrsdn.asp", "certrser.asp",
                                                       "certrsob.asp"};

bool is_decided(Disposition disposition) noexcept {
    return disposition == Disposition::issued || disposition == Disposition::denied;
}

PendingEntry pending_entry(std::int64_t id, const Form& form) {
    PendingEntry entry;
    entry.request_id = id;
    entry.target_store_flags = http::form_value(form, "TargetStoreFlags");
    entry.save_certificate = !iequals(trim(http::form_value(form, "SaveCert")), "no");
    entry.friendly_type = http::form_value(form, "FriendlyType");
    return entry;
}

}  // namespace

Form Site::posted_fields(const http::Request& request) {
    if (request.method != "POST") return {};
    auto form = parse_post(request.headers.get("Content-Type"), request.body);
    return form ? fields_of_plain_form(std::move(*form)) : Form();
}

std::optional<http::Response> Site::menu(const std::string& name, const http::Request& request, const std::string& user,
                                         const MetFaults& met) const {
    if (name.empty() || name == "default.asp") return asp_page(headers_, welcome_page(ca_name()));
    if (name == "certrqus.asp") return asp_page(headers_, request_choice_page(ca_name()));
    if (name == "certrqad.asp") return asp_page(headers_, advanced_request_page(ca_name()));
    if (auto body = form_page(name, user, met)) return asp_page(headers_, std::move(*body));
    if (name == "certckpn.asp") {
        return asp_page(headers_, pending_list_page(ca_name(), parse_pending_cookie(request.headers.get("Cookie"))));
    }
    if (name == "certcarc.asp") {
        return asp_page(headers_, ca_certificate_page(ca_name(), ca_instances(), config_.ca.delta_period.count() > 0,
                                                      browser_class(request.headers.get("User-Agent"))));
    }
    if (name == "certspc.gif") return static_file(headers_, "image/gif", std::string(spacer_image()));
    if (name == "certcert.gif") return static_file(headers_, "image/gif", std::string(welcome_image()));
    if (std::find(kResultParts.begin(), kResultParts.end(), name) != kResultParts.end()) {
        return asp_page(headers_, failure_page(kModeNewRequest, hresult::kBadParameter));
    }
    return std::nullopt;
}

std::optional<std::string> Site::form_page(const std::string& name, const std::string& user,
                                           const MetFaults& met) const {
    const auto templates = ca_.templates();
    auto own = CertificateAuthority::templates_of(*templates, user);
    const ForcedVerdict forced = forced_verdict(met);
    std::erase_if(own, [&](const Template* entry) { return forced.misses(entry->name); });
    if (name == "certrqxt.asp") return request_page(ca_name(), own);
    if (name == "certlynx.asp") return text_browser_page(ca_name(), own);
    if (name == "certrqbi.asp") return browser_key_page(ca_name(), own, false);
    if (name == "certrqma.asp") return browser_key_page(ca_name(), own, true);
    return std::nullopt;
}

std::vector<CaInstance> Site::ca_instances() const {
    constexpr int kCrlError = 1, kCrlValid = 3;  // certsrv.md 6.1 knows 3; the other is invented
    std::vector<CaInstance> list;
    const auto issuers = ca_.issuers();
    for (auto issuer = issuers->rbegin(); issuer != issuers->rend(); ++issuer) {
        const Authority& authority = (*issuer)->authority();
        const bool published = crls_.find(authority.key_index, false).has_value();
        list.push_back({(*issuer)->display_name(), authority.index, published ? kCrlValid : kCrlError});
    }
    return list;
}

http::Response Site::outcome_response(const http::Request& request, const Form& form,
                                      const CertificateAuthority::Outcome& outcome, bool polled) const {
    const BrowserClass browser = browser_class(request.headers.get("User-Agent"));
    http::Response response = asp_page(headers_, outcome_page(outcome, browser, polled));
    auto entries = parse_pending_cookie(request.headers.get("Cookie"));
    bool changed = false;
    if (is_decided(outcome.disposition)) {
        changed = forget(entries, outcome.id);
    } else if (!polled && outcome.disposition != Disposition::failed) {
        remember(entries, pending_entry(outcome.id, form));
        changed = true;
    }
    if (changed) keep_in_browser(response, entries);
    return response;
}

void Site::keep_in_browser(http::Response& response, const std::vector<PendingEntry>& entries) const {
    response.headers.add("Set-Cookie", pending_set_cookie(entries, clock()(), config_.pending_timeout_days));
}

Task<http::Response> Site::remove_pending(const http::Request& request) {
    const Form form = posted_fields(request);
    const std::string action = to_lower(trim(http::form_value(form, "Action")));
    const auto id = parse_request_id(http::form_value(form, "ReqID"));
    if (action == "inst") {
        // What "install" meant was the page of the issued certificate.
        co_return co_await check_pending(request, form);
    }
    if (action != "rmpn" || !id) co_return asp_page(headers_, failure_page(kModeCheckPending, hresult::kBadParameter));
    auto entries = parse_pending_cookie(request.headers.get("Cookie"));
    http::Response response = asp_page(headers_, removed_page(ca_name(), *id));
    if (forget(entries, *id)) keep_in_browser(response, entries);
    co_return response;
}

Task<http::Response> Site::check_pending(const http::Request& request, const Form& form) {
    const auto id = parse_request_id(http::form_value(form, "ReqID"));
    if (!id) co_return asp_page(headers_, failure_page(kModeCheckPending, hresult::kBadParameter));
    const auto row = co_await ca_.find(*id);
    if (!row) co_return asp_page(headers_, failure_page(kModeCheckPending, hresult::kServerUnavailable));
    if (!*row) co_return asp_page(headers_, failure_page(kModeCheckPending, hresult::kPropertyEmpty));
    CertificateAuthority::Outcome outcome;
    outcome.id = (*row)->id;
    outcome.disposition = (*row)->disposition;
    outcome.message = (*row)->message;
    outcome.code = (*row)->code;
    outcome.revoked = !(*row)->revoked.empty();
    co_return outcome_response(request, form, outcome, true);
}

}  // namespace opencapf::ca_sim

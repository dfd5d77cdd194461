// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/hresult.hpp"
#include "ca_sim/page_texts.hpp"
#include "ca_sim/pending_cookie.hpp"
#include "ca_sim/template.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The HTML of /certsrv: pure functions from values to bytes. Texts, ids and numbers that clients match on follow
/// certsrv.md 1.1, 1.7, 2 and 3; everything echoed is HTML-escaped. Lines end in CRLF unless said otherwise.
namespace opencapf::ca_sim {

/// How the pages see a client (certsrv.md 1.6).
enum class BrowserClass { internet_explorer, netscape, unknown };
BrowserClass browser_class(std::string_view user_agent) noexcept;

/// Body of the 301 for `/certsrv` (certsrv.md 1.1): 123 bytes and the location, LF, no final line end.
std::string moved_body(std::string_view location);
/// IIS's own error pages: status 401 (the custom page), 403, 404, 405, 500, 501 ...
std::string http_error_body(unsigned status);
/// HTTP.sys' 401 page, 341 bytes (kernel-mode authentication).
std::string kernel_unauthorized_body();

/// default.asp
std::string welcome_page(std::string_view ca_name);
/// certrqus.asp and certrqad.asp: the way from the welcome page to certrqxt.asp.
std::string request_choice_page(std::string_view ca_name);
std::string advanced_request_page(std::string_view ca_name);
/// certrqbi.asp and certrqma.asp: the browser makes the key, as Internet Explorer did.
std::string browser_key_page(std::string_view ca_name, const std::vector<const Template*>& templates, bool advanced);
/// certckpn.asp: the pending requests this browser remembers.
std::string pending_list_page(std::string_view ca_name, const std::vector<PendingEntry>& entries);
/// certrmpn.asp after Action=rmpn.
std::string removed_page(std::string_view ca_name, std::int64_t request_id);

/// One CA certificate: the first has renewal 0, each renewal adds one.
struct CaInstance {
    std::string name;
    int renewal = 0;
    int crl_state = 3;  ///< 3 = its CRL is valid (certsrv.md 6.1); links to another one are not offered
};
/// certcarc.asp: CA certificates, newest first, with chain and base CRL, and the delta CRL when there are such.
std::string ca_certificate_page(std::string_view ca_name, const std::vector<CaInstance>& instances, bool delta_crls,
                                BrowserClass browser);
/// certrqxt.asp with the templates this user may enrol for.
std::string request_page(std::string_view ca_name, const std::vector<const Template*>& templates,
                         PageLanguage language = PageLanguage::english);
/// certlynx.asp: the same without script, for text browsers.
std::string text_browser_page(std::string_view ca_name, const std::vector<const Template*>& templates);

/// certfnsh.asp: the certificate was issued (certsrv.md 2.1).
std::string issued_page(std::string_view ca_name, std::int64_t request_id, BrowserClass browser,
                        PageLanguage language = PageLanguage::english);
/// Taken under submission just now, or (`polled`) still so (certsrv.md 2.2). The browser remembers it `timeout_days`.
std::string pending_page(std::string_view ca_name, std::int64_t request_id, BrowserClass browser, bool polled,
                         int timeout_days = 10, PageLanguage language = PageLanguage::english);
/// Denied, with the disposition message (certsrv.md 2.3 and 2.4).
std::string denied_page(std::string_view ca_name, std::int64_t request_id, std::string_view message,
                        PageLanguage language = PageLanguage::english);
/// Issued, and revoked before anybody came for it (certsrv.md 2.3).
std::string revoked_page(std::string_view ca_name, std::int64_t request_id,
                         PageLanguage language = PageLanguage::english);

/// Rows of the error-type page (certsrv.md 2.5).
struct ErrorPage {
    std::string mode;                        ///< "newreq - New Request", or what was fetched
    std::optional<std::int64_t> request_id;  ///< row left out when missing
    std::optional<int> disposition;          ///< CR_DISP_*; missing = "(never set)"
    std::string disposition_message;         ///< empty = "(none)"
    Hresult result = hresult::kSuccess;
    std::string com_error;  ///< empty = "(none)"
    Hresult last_status = hresult::kSuccess;
    std::string suggested_cause;  ///< empty = "No suggestions."
};
std::string error_page(std::string_view ca_name, const ErrorPage& details,
                       PageLanguage language = PageLanguage::english);

/// The pictures: certspc.gif (one pixel) and certcert.gif (our own, 56 by 64).
std::string_view spacer_image() noexcept;
std::string_view welcome_image() noexcept;

/// Rows that several callers show.
inline constexpr std::string_view kModeNewRequest = "newreq - New Request";
inline constexpr std::string_view kModeCheckPending = "chkpnd - Check Pending";
inline constexpr std::string_view kModeFetch = "certnew - Certificate or CRL Fetch";

/// ICertRequest's dispositions as pages number them.
inline constexpr int kDispositionError = 1, kDispositionDenied = 2, kDispositionIssued = 3, kDispositionPending = 5,
                     kDispositionRevoked = 6;
/// What stands for the CA's message about a certificate that was revoked.
inline constexpr std::string_view kRevokedMessage = "Revoked";

}  // namespace opencapf::ca_sim

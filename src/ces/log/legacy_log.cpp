// SPDX-License-Identifier: Apache-2.0
#include "ces/log/legacy_log.hpp"

#include "opencapf/base/text.hpp"

#include <fmt/format.h>

namespace opencapf::ces {
namespace {

enum class Level { info, warn, error };

std::string_view name_of(Level level) {
    switch (level) {
        case Level::info:
            return "info";
        case Level::warn:
            return "warn";
        case Level::error:
            break;
    }
    return "error";
}

/// A line before it gets its prefix: NGINX's own ones carry time and process, libEST's carry neither.
struct Entry {
    enum class Kind { nginx, est, shell } kind;
    Level level = Level::info;
    std::string text;
};
using Entries = std::vector<Entry>;

Entry nginx(Level level, std::string text) { return {Entry::Kind::nginx, level, std::move(text)}; }
/// `text` starts with "[LEVEL][function:line]--> ".
Entry est_line(std::string text) { return {Entry::Kind::est, Level::info, std::move(text)}; }

/// Functions behind the pages. login_to_certsrv_ca, retrieve_cacerts and navigate_to_certsrv_page are attested by the
/// tech note. INVENTED: the other two; the note shows no line for the enrolment proper.
std::string_view function_of(CaPage page) {
    switch (page) {
        case CaPage::request:
            return "navigate_to_certsrv_page";
        case CaPage::submit:
            return "submit_csr_to_certsrv";
        case CaPage::certificate:
            break;
    }
    return "retrieve_cert";
}

constexpr std::string_view kSecureConnection =
    "Secure connection to MS CertServ completed successfully using the following URL ";

Entries curl_failure(std::string_view function, std::string_view what, int code, const std::string& text,
                     const std::string& original, const std::string& url) {
    Entries entries;
    entries.push_back(nginx(
        Level::warn, fmt::format("{}: {} failed with return code {} ({})", function, what, code, printable(text))));
    entries.push_back(nginx(Level::warn, fmt::format("{}: URL used: {}", function, printable(url))));
    // Ours: today's libcurl says more than the words above; error.log only, because it is no warning.
    if (!original.empty())
        entries.push_back(nginx(Level::info, fmt::format("{}: libcurl said: {}", function, printable(original))));
    return entries;
}

constexpr std::size_t kMaxField = 1024;  // of the access log, before escapes

struct Describe {
    const RenderOptions* options;

    Entries operator()(const ConfigParsed&) const {
        return {nginx(Level::warn, "CA Chain requested but this value has not yet been set"),
                nginx(Level::warn, "CA Cert response requested but this value has not yet been set")};
    }
    Entries operator()(const WebTrustAdded& event) const {
        return {nginx(Level::warn,
                      fmt::format("ossl_init_cert_store: Adding cert to store ({})", printable(event.subject)))};
    }
    Entries operator()(const EstBanner& event) const {
        return {est_line("[INFO][est_log_version:216]--> libest 2.2.0 (API level 4)"),
                est_line("[INFO][est_log_version:220]--> Compiled against " + printable(event.compiled)),
                est_line("[INFO][est_log_version:221]--> Linking to " + printable(event.linked))};
    }
    Entries operator()(const EstTrustAdded& event) const {
        return {est_line(fmt::format("[INFO][ossl_init_cert_store_from_raw:182]--> Adding cert to store ({})",
                                     printable(event.subject)))};
    }
    Entries operator()(const PopDisabled&) const {
        return {nginx(Level::warn, "pop_enabled off in nginx.conf. Disabling EST Proof of Possession")};
    }
    Entries operator()(const TlsOptionsSet& event) const {
        return {est_line(fmt::format("[INFO][set_ssl_option:1378]--> Using non-default ECDHE curve (nid={})",
                                     event.curve_nid)),
                est_line("[INFO][set_ssl_option:1432]--> TLS SRP not enabled")};
    }
    Entries operator()(const ChainRetrieved& event) const {
        return {nginx(Level::info, fmt::format("retrieve_cacerts: {}{}", kSecureConnection, printable(event.url))),
                nginx(Level::info,
                      "ra_certsrv_ca_plugin_postconf: CA Cert chain retrieved from CA, will be passed to EST")};
    }
    Entries operator()(const ChainLoginFailed&) const {
        return {nginx(Level::error, "retrieve_cacerts: Unable to execute login to certsrv with curl")};
    }
    Entries operator()(const ChainRequestFailed& event) const {
        return curl_failure("retrieve_cacerts", "Curl request", event.code, event.text, event.original, event.url);
    }
    Entries operator()(const ChainUnavailable&) const {
        return {nginx(Level::warn, "ra_certsrv_ca_plugin_postconf: Unable to retrieve CA Cert chain from CA")};
    }
    Entries operator()(const ServerStarted& event) const {
        return {{Entry::Kind::shell, Level::info,
                 fmt::format("EnrollmentService.sh : nginx server PID value = {}", event.pid)}};
    }
    Entries operator()(const LoginSucceeded& event) const {
        return {nginx(Level::info, fmt::format("login_to_certsrv_ca: {}{}", kSecureConnection, printable(event.url)))};
    }
    Entries operator()(const LoginFailed& event) const {
        return curl_failure("login_to_certsrv_ca", "Curl call for MS CA login", event.code, event.text, event.original,
                            event.url);
    }
    Entries operator()(const AuthDataReceived& event) const {
        return {nginx(Level::info, fmt::format("ra_certsrv_auth_curl_data_cb: Rcvd data len: {}", event.bytes))};
    }
    Entries operator()(const PageFetched& event) const {
        return {nginx(Level::info,
                      fmt::format("{}: {}{}", function_of(event.page), kSecureConnection, printable(event.url)))};
    }
    Entries operator()(const PageFailed& event) const {
        return curl_failure(function_of(event.page), "Curl request", event.code, event.text, event.original, event.url);
    }
    Entries operator()(const NoPeerCertificate&) const {
        return {est_line("[INFO][est_enroll_auth:356]--> TLS: no peer certificate")};
    }
    Entries operator()(const PeerCertificateValid&) const {
        return {est_line("[INFO][est_enroll_auth:348]--> TLS: client certificate is valid")};
    }
    Entries operator()(const PeerCertificateRejected& event) const {
        return {est_line(fmt::format(
            "[WARNING][est_enroll_auth:352]--> TLS: client certificate not verified (v_result={})", event.code))};
    }
    Entries operator()(const RaPresence& event) const {
        return {est_line(
            fmt::format("[INFO][est_handle_simple_enroll:812]--> id-kp-cmcRA present: {}", event.present ? 1 : 0))};
    }
    Entries operator()(const PopMissing&) const {
        return {est_line("[INFO][est_tls_uid_auth:231]--> Cert request does not contain PoP challengePassword "
                         "attribute"),
                est_line("[WARNING][est_tls_uid_auth:233]--> PoP enabled, CSR was not authenticated")};
    }
    Entries operator()(const PopValid&) const { return {est_line("[INFO][est_tls_uid_auth:262]--> PoP is valid")}; }
    Entries operator()(const PopInvalid&) const {
        return {est_line("[WARNING][est_tls_uid_auth:265]--> PoP is not valid")};
    }
    Entries operator()(const AuthHeaderMissing&) const {
        return {
            est_line("[INFO][est_enroll_auth:382]--> HTTP auth headers missing, sending HTTP auth request to client.")};
    }
    Entries operator()(const AuthRejected&) const {
        return {est_line("[WARNING][est_enroll_auth:394]--> HTTP authentication failed. Auth type=1")};
    }
    Entries operator()(const RequestFailed& event) const {
        const std::string rc = fmt::format("{} ({})", est::est_error_number(event.error), est_error_name(event.error));
        return {est_line("[WARNING][est_http_request:1435]--> Enrollment failed with rc=" + rc),
                est_line(fmt::format("[INFO][mg_send_http_error:389]--> [Error {}: {}", event.status,
                                     printable(event.reason))),
                {Entry::Kind::shell, Level::info, printable(event.text)},
                {Entry::Kind::shell, Level::info, "]"},
                est_line("[ERROR][est_mg_handler:1234]--> EST error response code: " + rc),
                est_line("[WARNING][handle_request:1267]--> Incoming request failed rv=" + rc)};
    }
    Entries operator()(const ResponseLost&) const {
        const std::string rc = fmt::format("{} ({})", est::est_error_number(est::EstError::http_write),
                                           est_error_name(est::EstError::http_write));
        return {est_line("[WARNING][est_http_request:1435]--> Enrollment failed with rc=" + rc),
                est_line("[ERROR][est_mg_handler:1234]--> EST error response code: " + rc),
                est_line("[WARNING][handle_request:1267]--> Incoming request failed rv=" + rc)};
    }
    Entries operator()(const Access& event) const {
        if (event.method.empty()) return {};  // libEST never sees what is no request
        const bool classic = options->classic_access_lines;
        const bool success = event.status >= 200 && event.status < 300;
        const std::string status = classic && success ? "-1" : std::to_string(event.status);
        const auto header = [](const std::string& value) {
            return value.empty() ? std::string("-") : "\"" + printable(value) + "\"";
        };
        return {est_line(fmt::format("[INFO][log_access:1298]--> {} [{}] \"{} {} HTTP/{}.{}\" {} {}", event.client,
                                     format_local(event.time, "%d/%b/%Y:%H:%M:%S %z"), printable(event.method),
                                     printable(event.target), event.version / 10, event.version % 10, status,
                                     classic ? 0 : event.bytes)),
                est_line("[INFO][log_header:1276]--> " + header(event.referer)),
                est_line("[INFO][log_header:1278]--> " + header(event.user_agent))};
    }
    Entries operator()(const ConnectionEnded& event) const {
        if (!event.clean) return {est_line("[WARNING][est_server_handle_request:1716]--> SSL_shutdown failed")};
        return {est_line("[INFO][est_server_handle_request:1708]--> Two-phase SSL_shutdown initiated"),
                est_line("[INFO][est_server_handle_request:1712]--> SSL_shutdown succeeded")};
    }
};

/// A peer's text as NGINX writes it into an access log: quotation marks, backslashes and what is no printable ASCII
/// become \xXX, and so does a blank in a field without quotation marks. Bounded.
std::string escaped(std::string_view value, bool quoted = true) {
    std::string text;
    for (const char c : value.substr(0, kMaxField)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte > 0x7E || c == '"' || c == '\\' || (c == ' ' && !quoted)) {
            text += fmt::format("\\x{:02X}", byte);
        } else {
            text += c;
        }
    }
    return text.empty() ? "-" : text;
}

Entries describe(const Event& event, const RenderOptions& options) { return std::visit(Describe{&options}, event); }

std::string stamp(const Entry& entry, WallTime time, const RenderOptions& options) {
    return fmt::format("{} [{}] {}#0: ", format_local(time, "%Y/%m/%d %H:%M:%S"), name_of(entry.level), options.pid);
}

}  // namespace

std::vector<std::string> render_ciscora(const Event& event) {
    const RenderOptions defaults;
    std::vector<std::string> lines;
    for (auto& entry : describe(event, defaults)) {
        switch (entry.kind) {
            case Entry::Kind::est:
                lines.push_back("***EST " + entry.text);
                break;
            case Entry::Kind::shell:
                lines.push_back(std::move(entry.text));
                break;
            case Entry::Kind::nginx:
                // NGINX repeats on standard error what is a warning or worse, without time and process.
                if (entry.level != Level::info)
                    lines.push_back(fmt::format("nginx: [{}] {}", name_of(entry.level), entry.text));
                break;
        }
    }
    return lines;
}

std::vector<std::string> render_error_log(const TimedEvent& event, const RenderOptions& options) {
    std::vector<std::string> lines;
    for (const auto& entry : describe(event.event, options)) {
        if (entry.kind == Entry::Kind::nginx) lines.push_back(stamp(entry, event.time, options) + entry.text);
    }
    return lines;
}

std::vector<std::string> render_error_log(const TimedEvent& event, const RenderOptions& options,
                                          const ConnectionInfo& connection) {
    std::vector<std::string> lines;
    for (auto& entry : describe(event.event, options)) {
        switch (entry.kind) {
            case Entry::Kind::est:
                lines.push_back("***EST " + entry.text);
                break;
            case Entry::Kind::shell:
                lines.push_back(std::move(entry.text));
                break;
            case Entry::Kind::nginx:
                lines.push_back(fmt::format("{}*{} {} while SSL EST handshaking, client: {}, server: {}",
                                            stamp(entry, event.time, options), connection.number, entry.text,
                                            connection.client, options.server));
                break;
        }
    }
    return lines;
}

std::string render_access_log(const Access& access) {
    const std::string request = access.method.empty()
                                    ? std::string("-")
                                    : fmt::format("{} {} HTTP/{}.{}", escaped(access.method), escaped(access.target),
                                                  access.version / 10, access.version % 10);
    return fmt::format("{} - {} [{}] \"{}\" {} {} \"{}\" \"{}\" rid={} rt={:.3f}", access.client,
                       escaped(access.account, false), format_local(access.time, "%d/%b/%Y:%H:%M:%S %z"), request,
                       access.status, access.bytes, escaped(access.referer), escaped(access.user_agent),
                       access.correlation, access.taken.count());
}

}  // namespace opencapf::ces

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/auth/w3c_log.hpp"
#include "ca_sim/certificate_authority.hpp"
#include "ca_sim/crl_publisher.hpp"
#include "ca_sim/faults/fault_service.hpp"
#include "ca_sim/logon.hpp"
#include "ca_sim/public_site.hpp"
#include "ca_sim/responses.hpp"
#include "opencapf/http/server.hpp"
#include "opencapf/net/stream.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace opencapf::ca_sim {

/// The web site: what /certsrv and /CertEnroll answer. Shared by all connections on all loops; immutable but for the CA
/// behind it, which is thread-safe.
class Site {
public:
    /// All references must outlive the site.
    Site(const Config& config, CertificateAuthority& ca, const CrlPublisher& crls, FaultService& faults,
         WallClock clock);

    /// Does this path (as sent) need a log-in?
    [[nodiscard]] static bool is_protected(std::string_view path);
    /// Answers an authenticated request. `request` and `met`, the faults it met, must stay valid until the task ends.
    Task<http::Response> serve(const http::Request& request, std::string user, const MetFaults& met);
    /// What lies outside /certsrv.
    [[nodiscard]] const PublicSite& outside() const noexcept { return outside_; }

    [[nodiscard]] const ServerHeaders& headers() const noexcept { return headers_; }
    [[nodiscard]] const Config& config() const noexcept { return config_; }
    [[nodiscard]] const Metrics& metrics() const noexcept { return ca_.metrics(); }
    [[nodiscard]] const WallClock& clock() const noexcept { return headers_.clock; }
    [[nodiscard]] FaultService& faults() noexcept { return faults_; }

private:
    Task<http::Response> finish(const http::Request& request, std::string user, const MetFaults& met);
    Task<http::Response> fetch(const http::Request& request, bool chain);
    [[nodiscard]] http::Response fetch_crl(const http::Request& request) const;
    /// Fields of a POST, those of a form without script included; none for anything else.
    [[nodiscard]] static Form posted_fields(const http::Request& request);
    /// Pages and pictures that need nothing of the CA's database; nothing when there is none of that name.
    [[nodiscard]] std::optional<http::Response> menu(const std::string& name, const http::Request& request,
                                                     const std::string& user, const MetFaults& met) const;
    /// Those of them with the list of templates that `user` may enrol for.
    [[nodiscard]] std::optional<std::string> form_page(const std::string& name, const std::string& user,
                                                       const MetFaults& met) const;
    /// The CA's certificates for certcarc.asp, newest first.
    [[nodiscard]] std::vector<CaInstance> ca_instances() const;
    /// certrmpn.asp
    Task<http::Response> remove_pending(const http::Request& request);
    Task<http::Response> check_pending(const http::Request& request, const Form& form);
    /// The result page, and what the browser shall remember of a pending request.
    [[nodiscard]] http::Response outcome_response(const http::Request& request, const Form& form,
                                                  const CertificateAuthority::Outcome& outcome, bool polled) const;
    void keep_in_browser(http::Response& response, const std::vector<PendingEntry>& entries) const;
    [[nodiscard]] std::string outcome_page(const CertificateAuthority::Outcome& outcome, BrowserClass browser,
                                           bool polled) const;
    [[nodiscard]] std::string failure_page(std::string_view mode, Hresult code) const;
    /// `der` is a certificate, or with `chain` a PKCS#7.
    [[nodiscard]] http::Response deliver(const Bytes& der, Encoding encoding, bool chain, BrowserClass browser) const;
    [[nodiscard]] http::Response deliver_chain(const StoredRequest& row, Encoding encoding, BrowserClass browser) const;
    [[nodiscard]] std::string ca_name() const { return ca_.issuer()->display_name(); }
    [[nodiscard]] std::string fallback_host() const;

    const Config& config_;
    CertificateAuthority& ca_;
    const CrlPublisher& crls_;
    FaultService& faults_;
    ServerHeaders headers_;
    PublicSite outside_;
};

/// One client connection: holds its log-in, and writes a W3C line for each request it answered.
class SiteConnection final : public http::Connection {
public:
    /// All references but `stream`, which is only looked at, must outlive the connection. `pool` is for log-ins that
    /// wait for files.
    SiteConnection(Site& site, const Current<Logon>& logon, W3cLog& log, net::WorkPool& pool,
                   const net::Stream& stream);

    Task<http::Response> handle(const http::Request& request) override;
    void counted(std::size_t received, std::size_t sent) override;
    void answered(const http::Request& request, const http::Response& response, const Error* error) override;
    void rejected(const Error& error, http::Response& response) override;

private:
    Task<Decision> log_in(const http::Request& request);
    Task<http::Response> respond(const http::Request& request);
    /// Looks for the faults of this request; the answer of one that answers instead of the site.
    std::optional<http::Response> meet_faults(const http::Request& request, FaultPhase phase);

    Site& site_;
    W3cLog& log_;
    net::WorkPool& pool_;
    /// A log-in that begins now is judged by the accounts of now.
    void take_new_logon();
    void make_authenticator();

    const Current<Logon>& current_logon_;
    std::shared_ptr<const Logon> logon_;
    const Bytes server_end_point_;
    std::optional<Authenticator> authenticator_;
    const net::Endpoint remote_;
    const net::Endpoint local_;
    const bool secure_;  ///< with TLS
    // Of the request being answered; requests of one connection come one after the other.
    Decision decision_;
    MetFaults met_;
    std::chrono::steady_clock::time_point started_;
    std::size_t received_ = 0;
    std::size_t sent_ = 0;
};

}  // namespace opencapf::ca_sim

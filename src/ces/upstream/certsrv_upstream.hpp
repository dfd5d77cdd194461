// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/certsrv/session_pool.hpp"
#include "ces/shared.hpp"
#include "ces/upstream/upstream.hpp"

namespace opencapf::ces {

/// What a page about a request means for its client: its certificate is to be fetched, it is pending, or an error.
/// Errors: malformed (the request is no good), forbidden (the CA does not give this account this template), rejected
/// (denied for another reason), unavailable (the CA service is stopped), protocol. Messages hold id, HRESULT and text.
Result<CaAnswer> read_outcome(const PageOutcome& outcome, std::string_view template_name);

/// AD CS web enrolment. In faithful mode the product's requests on the product's connections: one log-in for the
/// credentials check, a second one for the enrolment (or one for both). In fast mode kept connections.
class CertsrvUpstream final : public Upstream {
public:
    CertsrvUpstream(net::Loop& loop, Shared& shared, std::shared_ptr<const Ca> ca);
    ~CertsrvUpstream() override;

    Task<Result<std::unique_ptr<UpstreamSession>>> open(UpstreamWork work) override;
    Task<Result<std::vector<x509::Certificate>>> chain(EventRecorder record) override;
    Task<Result<void>> probe() override;
    Task<Checks> try_out(std::shared_ptr<const Policy> policy) override;

private:
    class Session;
    struct Account {
        CaLogin login;
        http::AuthMethod auth = http::AuthMethod::ntlm;
        std::string key;
        bool trusted = false;  ///< nobody has to check the password
        std::shared_ptr<http::TlsSessionCache> tls;
    };
    [[nodiscard]] Account account_of(const Caller& caller);
    [[nodiscard]] Account own_account();
    [[nodiscard]] http::AuthMethod auth_method(bool own_account) const;
    [[nodiscard]] CaAccess access() const;
    std::unique_ptr<CertsrvSession> connect(const Account& account, CaTask task) const;
    /// A session that is logged in, and what the template it is for wants.
    struct Opened {
        std::unique_ptr<CertsrvSession> session;
        TemplateOption option;
    };
    Task<Result<void>> have_ticket(const Account& account) const;
    Task<Result<Opened>> open_faithful(const UpstreamWork& work, const Account& account);
    Task<Result<Opened>> open_fast(const UpstreamWork& work, const Account& account);
    [[nodiscard]] Result<TemplateOption> check_template(const std::vector<TemplateOption>& options,
                                                        const UpstreamWork& work, const std::string& user) const;
    void refused(const Account& account);

    net::Loop& loop_;
    Shared& shared_;
    std::shared_ptr<const Ca> ca_;
    std::shared_ptr<const CaConfig> config_;
    TlsAccounts tls_;
    std::shared_ptr<SessionPool> pool_;
};

}  // namespace opencapf::ces

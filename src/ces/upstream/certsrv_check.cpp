// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/certsrv_upstream.hpp"
#include "ces/upstream/template_check.hpp"
#include "opencapf/net/endpoint_check.hpp"

namespace opencapf::ces {
namespace {

constexpr const char *kLogin = "log-in", *kChain = "CA chain";

void skip_rest(Checks& checks, const std::vector<WantedTemplate>& templates, const std::string& why) {
    for (const auto& wanted : templates) checks.push_back(unknown(template_step(wanted), why));
    checks.push_back(unknown(kChain, why));
}

const char* name_of(http::AuthMethod method) {
    return method == http::AuthMethod::negotiate ? "Kerberos" : method == http::AuthMethod::basic ? "Basic" : "NTLM";
}

}  // namespace

Task<Checks> CertsrvUpstream::try_out(std::shared_ptr<const Policy> policy) {
    Checks checks;
    const auto templates = wanted_templates(*policy, *ca_);
    const Account account = own_account();
    const std::string& user = account.login.user;
    const auto begun = std::chrono::steady_clock::now();
    const auto ticket = co_await have_ticket(account);
    CaTask task;
    task.record = [](const Event&) {};
    const auto session = connect(account, std::move(task));
    auto logged_in = ticket;
    if (ticket) logged_in = co_await session->login();
    if (!logged_in) {
        checks.push_back(bad(kLogin, user + " by " + name_of(account.auth) + ": " + logged_in.error().message));
        skip_rest(checks, templates, "not tried: the log-in failed");
        co_return checks;
    }
    checks.push_back(good(kLogin, user + " is let in by " + name_of(account.auth) + ", after " +
                                      net::milliseconds_text(std::chrono::steady_clock::now() - begun)));
    const auto options = co_await session->templates();
    for (const auto& wanted : templates)
        checks.push_back(options ? judge_template(*options, wanted, user, ca_->cmc != nullptr)
                                 : bad(template_step(wanted), options.error().message));
    auto chain = co_await session->chain();
    checks.push_back(chain ? check_ca_chain(kChain, std::move(*chain), *ca_->directory)
                           : bad(kChain, chain.error().message));
    co_return checks;
}

}  // namespace opencapf::ces

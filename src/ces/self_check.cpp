// SPDX-License-Identifier: Apache-2.0
#include "ces/self_check.hpp"

#include "ces/upstream/template_check.hpp"
#include "opencapf/base/busy.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/http/clock_check.hpp"
#include "opencapf/x509/certificate_check.hpp"

namespace opencapf::ces {
namespace {

Check check_directory(const Ca& ca) {
    const std::string step = "trust directory", &path = ca.config.trust_directory;
    std::vector<std::string> left_out;
    trust_for_web_server(*ca.directory, ca.config.host, left_out);
    if (!left_out.empty())
        return bad(step, path + " holds the self-signed server certificate " + printable(left_out.front(), 200) +
                             ", which vouches for nobody");
    auto check = x509::check_trusted(step, ca.directory->certificates(), std::chrono::system_clock::now());
    check.found = path + ": " + check.found;
    return check;
}

net::EndpointQuestion question_of(const Ca& ca) {
    net::EndpointQuestion question;
    question.host = ca.config.host;
    question.port = ca.config.port;
    question.resolve = ca.config.resolve;
    question.trust = ca.web_trust;
    question.trust_place = "the trust directory " + ca.config.trust_directory;
    question.timeout = ca.config.connect_timeout;
    return question;
}

/// The pages do not tell them: what the last certificate had.
Check check_usage(const Shared& shared, const Ca& ca, const WantedTemplate& wanted) {
    std::string step = ca.config.type == CaType::est ? "key usages" : "key usages of " + wanted.name;
    const auto last = shared.issued.last(ca.config.name, wanted.name);
    if (!last)
        return unknown(std::move(step),
                       "no certificate of it has come by yet, and the CA does not tell them: let a phone "
                       "enrol, or use `capfctl doctor --live --enrol`");
    const std::string which =
        "; of the certificate " + last->serial + ", issued " + format_utc(last->when, "%Y-%m-%d %H:%M:%S") + " UTC";
    const auto problem = x509::phone_problem(last->usage);
    if (problem.empty()) return good(std::move(step), x509::to_text(last->usage) + which);
    return bad(std::move(step), problem + "; correct the template (" + x509::to_text(last->usage) + ")" + which);
}

void skip(Checks& checks, const Policy& policy, const Ca& ca) {
    const std::string why = "not tried: cesd does not speak to this server";
    std::vector<std::string> steps{"log-in"};
    if (ca.config.type == CaType::est) {
        steps = {"cacerts", "csrattrs", "log-in"};
    } else {
        for (const auto& wanted : wanted_templates(policy, ca)) steps.push_back(template_step(wanted));
        steps.emplace_back("CA chain");
    }
    for (auto& step : steps) checks.push_back(unknown(std::move(step), why));
}

Task<Checks> check_ca(Shared& shared, Enroller& enroller, std::shared_ptr<const Policy> policy,
                      std::shared_ptr<const Ca> ca) {
    Checks checks{check_directory(*ca)};
    const auto question = question_of(*ca);
    auto endpoint = co_await net::check_endpoint(enroller.loop(), question);
    std::move(endpoint.checks.begin(), endpoint.checks.end(), std::back_inserter(checks));
    std::string path = ca->config.type == CaType::est ? ca->config.est_path + "/cacerts" : "/certsrv";
    checks.push_back(co_await http::check_clock(question, endpoint, std::move(path)));
    if (endpoint.usable) {
        const auto upstream = enroller.upstream(ca);  // kept while a reload makes another one
        auto tried = co_await upstream->try_out(policy);
        std::move(tried.begin(), tried.end(), std::back_inserter(checks));
    } else {
        skip(checks, *policy, *ca);
    }
    for (const auto& wanted : wanted_templates(*policy, *ca)) checks.push_back(check_usage(shared, *ca, wanted));
    co_return checks;
}

}  // namespace

Task<Result<Checks>> self_check(Shared& shared, Enroller& enroller) {
    const Busy busy(shared.checking);
    if (!busy.first()) co_return fail(Errc::conflict, "another check of cesd runs; try again when it has ended");
    const auto policy = shared.policy.get();
    Checks all;
    for (const auto& ca : policy->cas) {
        auto checks = co_await check_ca(shared, enroller, policy, ca);
        append_checks(all, "cesd: CA " + ca->config.name + " " + ca->config.base_url(), std::move(checks));
    }
    co_return all;
}

}  // namespace opencapf::ces

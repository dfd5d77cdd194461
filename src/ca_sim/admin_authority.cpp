// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/admin_json.hpp"
#include "opencapf/log/operator_log.hpp"

#include <fmt/format.h>

/// ca.certificate.*, ca.crl.*, ca.backup and ca.restore: the CA itself.
namespace opencapf::ca_sim::admin {
namespace {

Json authority_json(const Authority& authority) {
    const x509::Certificate& certificate = authority.certificate();
    return {{"index", authority.index},
            {"key_index", authority.key_index},
            {"subject", certificate.subject_rfc2253()},
            {"issuer", certificate.issuer_rfc2253()},
            {"serial", certificate.serial_hex()},
            {"not_before", database_time(certificate.not_before())},
            {"not_after", database_time(certificate.not_after())},
            {"pem", certificate.pem()}};
}

Task<Answer> certificates(Admin& admin, Json) {
    Json list = Json::array();
    for (const auto& issuer : *admin.ca.issuers()) list.push_back(authority_json(issuer->authority()));
    co_return Json{{"certificates", std::move(list)}};
}

/// CRLs of a new key at once, so that its CDP answers when its first certificate is issued.
Task<Answer> added(Admin& admin, Result<std::shared_ptr<const Issuer>> issuer) {
    if (!issuer) co_return fail(issuer.error());
    const auto published = co_await admin.crls.publish_due();
    if (!published) co_return fail(published.error().with("the certificate is in use, but its CRL is not published"));
    co_return Json{{"certificate", authority_json((*issuer)->authority())}};
}

Task<Answer> renew(Admin& admin, Json request) {
    const auto new_key = flag_of(request, "new_key", false);
    if (!new_key) co_return fail(new_key.error());
    auto issuer = co_await admin.ca.renew(*new_key);
    co_return co_await added(admin, std::move(issuer));
}

Task<Answer> import(Admin& admin, Json request) {
    auto chain = text_of(request, "certificate");
    if (!chain) co_return fail(chain.error());
    auto key = text_of(request, "private_key");
    if (!key) co_return fail(key.error());
    Secret secret(std::move(*key));
    auto issuer = co_await admin.ca.import_authority(std::move(*chain), std::move(secret));
    co_return co_await added(admin, std::move(issuer));
}

Json crl_json(const StoredCrl& crl) {
    return {{"key_index", crl.key_index}, {"delta", crl.delta},       {"number", crl.number},
            {"published", crl.published}, {"next", crl.next_publish}, {"bytes", crl.der.size()}};
}

Task<Answer> crls(Admin& admin, Json) {
    Json list = Json::array();
    for (const StoredCrl& crl : *admin.crls.published()) list.push_back(crl_json(crl));
    co_return Json{{"crls", std::move(list)}};
}

Task<Answer> publish(Admin& admin, Json request) {
    const auto delta = flag_of(request, "delta", false);
    if (!delta) co_return fail(delta.error());
    if (*delta && admin.ca.config().ca.delta_period.count() == 0)
        co_return fail(Errc::conflict, "delta CRLs are off: ca.crl.delta_hours is 0");
    const auto published = co_await admin.crls.publish(*delta);
    if (!published) co_return fail(published.error());
    co_return co_await crls(admin, Json::object());
}

Result<std::string> path_of(const Json& request) {
    auto path = text_of(request, "path");
    if (path && (path->empty() || path->front() != '/' || path->find('\0') != std::string::npos))
        return fail(Errc::malformed, "path: expected an absolute path on the CA's machine");
    return path;
}

Task<Answer> back_up_to(Admin& admin, Json request) {
    const auto path = path_of(request);
    if (!path) co_return fail(path.error());
    std::string trouble;
    auto job = [&] {
        try {
            back_up(admin.ca.config().database, *path);
        } catch (const std::exception& problem) {
            trouble = problem.what();
        }
    };
    std::function<void()> erased(std::ref(job));
    co_await admin.ca.pool().run(std::move(erased));
    if (!trouble.empty()) co_return fail(Errc::io, "no backup was made: " + trouble);
    log::info("backup written to " + *path);
    co_return Json{{"path", *path}};
}

Task<Answer> restore(Admin& admin, Json request) {
    const auto path = path_of(request);
    if (!path) co_return fail(path.error());
    std::string trouble;
    try {
        std::string source = *path;
        StateStore::Check check = admin.check_state;
        co_await admin.ca.state().restore(std::move(source), std::move(check));
    } catch (const std::exception& problem) {
        trouble = problem.what();
    }
    if (!trouble.empty()) co_return fail(Errc::io, "nothing was restored from " + *path + ": " + trouble);
    auto job = [&] {
        admin.ca.reload_state();
        admin.crls.reload();
        admin.apply_overrides();
    };
    std::function<void()> erased(std::ref(job));
    co_await admin.ca.pool().run(std::move(erased));
    log::info("database restored from " + *path);
    const auto published = co_await admin.crls.publish_due();
    if (!published) co_return fail(published.error().with("restored, but no new CRLs were published"));
    co_return Json{{"requests", admin.ca.store().stored()}};
}

constexpr Command kCommands[] = {{"ca.certificate.list", certificates},
                                 {"ca.certificate.renew", renew},
                                 {"ca.certificate.import", import},
                                 {"ca.crl.list", crls},
                                 {"ca.crl.publish", publish},
                                 {"ca.backup", back_up_to},
                                 {"ca.restore", restore}};

}  // namespace

std::span<const Command> authority_commands() { return kCommands; }

}  // namespace opencapf::ca_sim::admin

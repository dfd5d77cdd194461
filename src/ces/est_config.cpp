// SPDX-License-Identifier: Apache-2.0
#include "ces/est_config.hpp"

#include "ces/server/route.hpp"
#include "opencapf/process/server_config.hpp"

#include <algorithm>

namespace opencapf::ces {
namespace {

void read_labels(config::Reader& reader, EstConfig& est) {
    reader.objects(
        "labels",
        [&](config::Reader& child) {
            ProfileConfig label = est.base;
            child.require("name");
            child.text("name", label.label, "the label: /.well-known/est/<name>/");
            const auto same = [&label](const ProfileConfig& other) { return other.label == label.label; };
            if (!is_label(label.label))
                child.problem("name", "letters, digits, '.', '_', '~' or '-', at most 128, and no EST operation");
            else if (std::any_of(est.labels.begin(), est.labels.end(), same))
                child.problem("name", "each label once");
            read_profile(child, label);
            est.labels.push_back(std::move(label));
        },
        "labels with a policy of their own; a key that is not given is as in est itself");
}

void read_accounts(config::Reader& reader, EstConfig& est) {
    reader.secret("accounts_file", est.accounts,
                  "static accounts, a line NAME:HASH each; `capfctl axl hash` makes HASH");
    auto& limits = est.account_limits;
    std::int64_t remembered = limits.remembered.count();
    reader.integer("remember_accounts", remembered, 0, 3600, "seconds a right password of theirs is remembered");
    limits.remembered = std::chrono::seconds(remembered);
    reader.integer("max_remembered_accounts", limits.max_remembered, 0, 1'000'000, "how many are remembered");
    reader.integer("max_password_checks", limits.max_waiting, 1, 10'000, "passwords checked at once; above it 503");
}

void read_crl(config::Reader& reader, CrlConfig& crl) {
    reader.live({"check", "path", "refresh"});
    reader.path("path", crl.path, "file or directory with certificate revocation lists for client certificates");
    std::size_t check = static_cast<std::size_t>(crl.check);
    reader.choice("check", check, {"off", "soft", "hard"},
                  "soft: a list that is missing or old stops nobody; hard: every issuer needs a valid list");
    crl.check = static_cast<x509::RevocationCheck>(check);
    reader.seconds("refresh", crl.refresh, 0.1, 86'400, "how often the lists are read again");
    if (crl.check != x509::RevocationCheck::off && crl.path.empty())
        reader.problem("check", "\"path\" as well: there are no lists to check");
}

}  // namespace

void read_est_listeners(config::Reader& reader, const EstConfig& est, std::vector<EstListenerConfig>& listeners) {
    const auto known = [&est](const std::string& name) {
        return std::any_of(est.labels.begin(), est.labels.end(),
                           [&name](const ProfileConfig& label) { return label.label == name; });
    };
    reader.objects(
        "listeners",
        [&](config::Reader& child) {
            EstListenerConfig listener;
            child.require("name");
            child.require("port");
            child.text("name", listener.name, "name of the listener, for the log");
            process::read_listener(child, listener.listen);
            child.optional_text("label", listener.label, "label that a request without one means here");
            if (!listener.label.empty() && !known(listener.label)) child.problem("label", "one of est.labels");
            constexpr int kAsTheLabelSays = -1;
            int columns = kAsTheLabelSays;
            child.number_choice("base64_wrap", columns, {kAsTheLabelSays, 0, 64},
                                "64 for lines of 64, 0 for one line, -1 as the label says");
            if (columns != kAsTheLabelSays) listener.wrap = columns == 0 ? est::Wrap::one_line : est::Wrap::lines_of_64;
            read_client_certificate_mode(child, listener.client_certificates);
            listeners.push_back(std::move(listener));
        },
        "more places where EST clients connect");
}

void read_client_certificate_mode(config::Reader& reader, net::ClientCertificates& mode) {
    auto index = static_cast<std::size_t>(mode);
    reader.choice("client_certificates", index, {"none", "optional", "required"},
                  "whether TLS asks for a client certificate; what it is good for, est.auth says");
    mode = static_cast<net::ClientCertificates>(index);
}

void read_est(config::Reader& reader, EstConfig& est) {
    reader.live({"realm",
                 "template",
                 "base64_wrap",
                 "cas",
                 "auth",
                 "require_certificate",
                 "accounts",
                 "client_certificates",
                 "pop_enabled",
                 "pop_check_present",
                 "csr",
                 "csrattrs",
                 "serverkeygen",
                 "reenroll",
                 "labels",
                 "accounts_file",
                 "remember_accounts",
                 "max_remembered_accounts",
                 "max_password_checks",
                 "crl",
                 "retry_after",
                 "client_timeout",
                 "extra_cacerts",
                 "max_head_bytes",
                 "max_body_bytes",
                 "max_requests_per_connection",
                 "idle_timeout",
                 "head_timeout",
                 "body_timeout",
                 "write_timeout"});
    reader.text("realm", est.realm, "realm of the HTTP Basic challenge");
    if (est.realm.find_first_of("\"\\\r\n") != std::string::npos) reader.problem("realm", "no quote or line end");
    read_profile(reader, est.base);
    read_labels(reader, est);
    read_accounts(reader, est);
    reader.object(
        "crl", [&](config::Reader& child) { read_crl(child, est.crl); }, "revoked client certificates");
    reader.boolean("pop_caps_tls", est.pop_caps_tls,
                   "speak no TLS 1.3 while pop_enabled is on anywhere, for clients that know tls-unique only");
    process::read_http_limits(reader, est.limits);
    std::int64_t retry_after = est.retry_after.count();
    reader.integer("retry_after", retry_after, 60, 172'800, "seconds told to a client whose request is pending");
    est.retry_after = std::chrono::seconds(retry_after);
    reader.integer("max_pending", est.max_pending, 1, 1'000'000, "pending requests remembered");
    std::int64_t lifetime = est.pending_lifetime.count();
    reader.integer("pending_lifetime", lifetime, 60, 365 * 24 * 3600, "seconds a pending request is remembered");
    est.pending_lifetime = std::chrono::seconds(lifetime);
    reader.seconds("client_timeout", est.client_timeout, 0.1, 3600, "what EST clients wait for an answer; CAPF: 10 s");
    reader.content("extra_cacerts", est.extra_cacerts,
                   "PEM file of certificates that /cacerts adds, as OldWithNew and NewWithOld of a new root");
}

}  // namespace opencapf::ces

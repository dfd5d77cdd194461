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

}  // namespace

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

// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/config.hpp"

#include "ca_sim/ca_config.hpp"
#include "ca_sim/faults/fault_config.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/process/server_config.hpp"

#include <algorithm>

namespace opencapf::ca_sim {
namespace {

using config::Reader;

void check_enroll(Reader& reader, const Config& target) {
    for (const Template& entry : target.templates) {
        for (const std::string& name : entry.enroll) {
            const bool known = std::any_of(target.accounts.begin(), target.accounts.end(),
                                           [&](const AccountConfig& account) { return iequals(account.name, name); });
            if (!known) {
                reader.problem("templates", "names of accounts in \"enroll\" of " + entry.name + ", not " + name);
            }
        }
    }
}

void fill(Reader& reader, Config& target) {
    reader.live({"tls", "limits", "authentication", "accounts", "templates", "faults", "log_fields", "log_software",
                 "drain_timeout"});
    process::read_log_level(reader, target.log_level);
    reader.object(
        "listen", [&](Reader& r) { process::read_listener(r, target.listen); }, "the HTTPS listener");
    reader.object(
        "metrics", [&](Reader& r) { process::read_metrics(r, target.metrics); }, "Prometheus' metrics, and health");
    reader.require("tls");
    reader.object(
        "tls", [&](Reader& r) { process::read_server_tls(r, target.tls); }, "the server's certificate");
    reader.require("host_name");
    reader.text("host_name", target.host_name, "fully qualified name of this server");
    reader.integer("loops", target.loops, 0, 256, "event loops; 0 = one per processor");
    reader.integer("workers", target.workers, 0, 256, "signing threads; 0 = one per processor");
    reader.object(
        "limits", [&](Reader& r) { process::read_http_limits(r, target.limits); }, "bounds on requests");
    reader.require("ca");
    reader.object(
        "ca", [&](Reader& r) { read_ca(r, target.ca); }, "the issuing CA");
    target.ca.host_name = target.host_name;
    reader.object(
        "public_http",
        [&](Reader& r) {
            r.boolean("enabled", target.public_http.enabled, "answer what CDP, AIA and OCSP URLs name");
            process::read_listener(r, target.public_http.listen);
        },
        "plain HTTP for CRLs, CA certificates and OCSP");
    reader.path("admin_socket", target.admin_socket, "Unix domain socket of capfctl");
    reader.require("database");
    reader.path("database", target.database, "SQLite file of requests and certificates");
    reader.require("log_directory");
    reader.path("log_directory", target.log_directory, "directory of the W3C log files");
    read_log_format(reader, target.log_format);
    reader.object(
        "domain", [&](Reader& r) { read_domain(r, target.domain); }, "the Active Directory domain");
    target.log_format.computer_name = target.domain.computer;
    reader.object(
        "authentication", [&](Reader& r) { read_authentication(r, target.authentication); }, "how clients log in");
    if (target.authentication.basic_realm.empty()) target.authentication.basic_realm = target.host_name;
    reader.objects(
        "accounts", [&](Reader& r) { read_account(r, target.accounts); }, "who may log in");
    reader.objects(
        "templates", [&](Reader& r) { read_template(r, target.templates); }, "what the CA issues");
    check_enroll(reader, target);
    read_faults(reader, target.faults);
    reader.integer("pending_timeout_days", target.pending_timeout_days, 1, 365,
                   "how long a browser remembers pending requests");
    reader.seconds("drain_timeout", target.drain, 0, 600, "time for running requests at the end");
}

}  // namespace

Config load_config(const std::string& path) {
    Config target;
    target.source.file = path;
    target.source.values = Reader::read_file(path, "ca-simd", [&](Reader& reader) { fill(reader, target); });
    return target;
}

Config parse_config(std::string_view name, std::string_view text) {
    Config target;
    Reader::read_text(name, text, [&](Reader& reader) { fill(reader, target); });
    return target;
}

std::string config_schema() {
    Config target;
    return Reader::schema("ca-simd", [&](Reader& reader) { fill(reader, target); });
}

}  // namespace opencapf::ca_sim

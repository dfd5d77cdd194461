// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/config.hpp"

#include "ca_sim/faults/fault_config.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/process/server_config.hpp"

#include <algorithm>

namespace opencapf::ca_sim {
namespace {

using config::Reader;

constexpr std::int64_t kMaxDays = 36500;
constexpr std::int64_t kMebibyte = 1024 * 1024;

/// Names that end up in pages, log lines and option values: nothing that could forge one.
bool plain_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= 256 && std::all_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && c != ';' && c != '\\' && c != '"';
    });
}

void read_days(Reader& reader, const char* key, std::chrono::hours& target, const char* help) {
    std::int64_t days = target.count() / 24;
    reader.integer(key, days, 1, kMaxDays, help);
    target = std::chrono::hours(days * 24);
}

void read_ca(Reader& reader, CaConfig& ca) {
    reader.require("certificate");
    reader.content("certificate", ca.certificate_file, "PEM: CA certificate, then its parents");
    reader.require("private_key");
    reader.secret("private_key", ca.private_key, "PEM: the CA's private key");
    reader.optional_text("display_name", ca.display_name,
                         "CA name on the pages; empty = common name of its certificate");
    read_days(reader, "maximum_validity_days", ca.maximum_validity, "no certificate lives longer");
    reader.texts("crl_urls", ca.crl_urls, "CRL distribution points of issued certificates");
    reader.texts("aia_urls", ca.aia_urls, "CA issuers URLs of issued certificates");
    static const std::vector<std::string> kCodes{"0x80094801", "0x80094800"};
    std::size_t code = ca.no_template_hresult == 0x80094800 ? 1 : 0;
    reader.choice("no_template_hresult", code, kCodes, "answer to a request that names no template");
    ca.no_template_hresult = code == 1 ? 0x80094800 : 0x80094801;
}

void check_template_names(Reader& reader, const Template& entry, const std::vector<Template>& earlier) {
    static constexpr const char* kExpected = "1 to 256 characters without ; \\ \" and control characters";
    if (!entry.name.empty() && !plain_name(entry.name)) reader.problem("name", kExpected);
    if (!entry.display_name.empty() && !plain_name(entry.display_name)) reader.problem("display_name", kExpected);
    if (find_template(earlier, entry.name) != nullptr) reader.problem("name", "each template once");
    if (!entry.oid.empty() && !is_dotted_oid(entry.oid))
        reader.problem("oid", "a dotted OID such as 1.3.6.1.4.1.311.21.8.1");
    if (find_template_by_oid(earlier, entry.oid) != nullptr) reader.problem("oid", "an OID no other template has");
}

void read_template(Reader& reader, std::vector<Template>& templates) {
    Template entry;
    entry.eku.clear();
    reader.require("name");
    reader.text("name", entry.name, "the template's real name (cn)");
    entry.display_name = entry.name;
    reader.text("display_name", entry.display_name, "shown on certrqxt.asp; default: name");
    reader.require("oid");
    reader.text("oid", entry.oid, "the template's OID");
    check_template_names(reader, entry, templates);
    reader.integer("schema", entry.schema, 1, 2, "1: extension 20.2; 2: extension 21.7");
    reader.integer("major_version", entry.major_version, 0, 1'000'000, "major version in extension 21.7");
    reader.integer("minor_version", entry.minor_version, 0, 1'000'000, "minor version in extension 21.7");
    read_days(reader, "validity_days", entry.validity, "validity of issued certificates");
    reader.texts("key_usage", entry.key_usage, "key usage bits; empty = no extension");
    for (const std::string& name : entry.key_usage) {
        if (!key_usage_bit(name))
            reader.problem("key_usage", "names of RFC 5280 such as digitalSignature, not " + name);
    }
    reader.texts("eku", entry.eku, "extended key usages; empty = no extension");
    for (std::string& name : entry.eku) {
        if (auto oid = eku_oid(name)) {
            name = *oid;
        } else {
            reader.problem("eku", "serverAuth, clientAuth, ipsecEndSystem or a dotted OID, not " + name);
        }
    }
    reader.boolean("subject_from_request", entry.subject_from_request, "subject and SAN come from the request");
    reader.integer("minimum_key_bits", entry.minimum_key_bits, 0, 16384, "smaller keys are refused");
    reader.boolean("manager_approval", entry.manager_approval, "requests stay pending");
    reader.boolean("allow_unsigned_requests", entry.allow_unsigned_requests, "accept id-alg-noSignature");
    reader.texts("enroll", entry.enroll, "accounts with the Enroll right");
    templates.push_back(std::move(entry));
}

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

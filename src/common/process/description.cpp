// SPDX-License-Identifier: Apache-2.0
#include "description.hpp"

#include "opencapf/cli/describe.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace opencapf::process {
namespace {

using Json = nlohmann::ordered_json;

const cli::ExitCodes kExitCodes{{kExitOk, "stopped as asked, or the check found nothing"},
                                {kExitFailure, "could not start or go on; the last line on stderr says why"},
                                {kExitUsage, "wrong use of the command line"},
                                {kExitConfig, "the configuration has mistakes; each is named on stderr"}};

// Secrets are keys that have a name in the environment, at any depth.
void collect_secrets(const Json& schema, const std::string& prefix, Json& secrets) {
    if (!schema.contains("properties")) return;
    for (const auto& item : schema["properties"].items()) {
        const Json& node = item.value();
        const std::string key = prefix + item.key();
        if (node.contains("x-environment"))
            secrets.push_back(
                {{"environment", node["x-environment"]}, {"key", key}, {"help", node.value("description", "")}});
        collect_secrets(node, key + '.', secrets);
        if (node.contains("items")) collect_secrets(node["items"], key + "[].", secrets);
    }
}

}  // namespace

void describe_daemon(CLI::App& app, const DaemonInfo& info) {
    app.footer(cli::exit_codes_text(kExitCodes));
    cli::add_describe_flag(app, kExitCodes, [info](Json& described) {
        described["config"] = info.config_schema != nullptr ? Json::parse(info.config_schema()) : Json::object();
        described["secrets"] = Json::array();
        collect_secrets(described["config"], "", described["secrets"]);
        described["metrics"] = info.metrics != nullptr ? Json::parse(info.metrics()) : Json::array();
    });
}

}  // namespace opencapf::process

// SPDX-License-Identifier: Apache-2.0
#include "opencapf/cli/describe.hpp"

#include "opencapf/base/text.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace opencapf::cli {
namespace {

using Json = nlohmann::ordered_json;

// CLI11 keeps what a validator allows as text only: "{a,b}", "INT in [1 - 9]", "FILE". The unit test pins the forms.
void add_constraint(Json& option, std::string_view text) {
    if (text == "FILE") {
        option["type"] = "file";
    } else if (text == "DIR") {
        option["type"] = "directory";
    } else if (text.starts_with('{') && text.ends_with('}')) {
        for (const auto& choice : split(text.substr(1, text.size() - 2), ',')) option["choices"].push_back(choice);
    } else if (const auto at = text.find(" in ["); at != std::string_view::npos && text.ends_with(']')) {
        option["type"] = text.starts_with("FLOAT") ? "number" : "integer";
        const auto range = text.substr(at + 5, text.size() - at - 6);
        const auto dash = range.find(" - ");
        option["minimum"] = Json::parse(range.substr(0, dash));
        option["maximum"] = Json::parse(range.substr(dash + 3));
    } else {
        throw std::logic_error("an option's check cannot be described: " + std::string(text));
    }
}

// "TEXT:{a,b}": the value's type or the name given to it, then what each validator says.
void add_type(Json& option, std::string_view text) {
    static const std::map<std::string_view, std::string_view> kTypes{{"TEXT", "text"},    {"INT", "integer"},
                                                                     {"UINT", "integer"}, {"FLOAT", "number"},
                                                                     {"FILE", "file"},    {"DIR", "directory"}};
    const auto colon = text.find(':');
    const auto name = text.substr(0, colon);
    const auto known = kTypes.find(name);
    option["type"] = known == kTypes.end() ? "text" : known->second;
    if (known == kTypes.end()) option["value_name"] = name;
    if (colon != std::string_view::npos)
        for (const auto& constraint : split(text.substr(colon + 1), ':')) add_constraint(option, constraint);
}

Json describe_option(const CLI::Option& option) {
    Json described;
    if (option.get_positional()) described["positional"] = option.get_name(true);
    for (const auto& name : option.get_snames()) described["names"].push_back("-" + name);
    for (const auto& name : option.get_lnames()) described["names"].push_back("--" + name);
    if (option.get_items_expected_max() == 0) {
        described["type"] = "flag";
    } else {
        add_type(described, option.get_type_name());
    }
    described["help"] = option.get_description();
    if (const auto text = option.get_default_str(); !text.empty()) described["default"] = text;
    if (const auto name = option.get_envname(); !name.empty()) described["environment"] = name;
    if (option.get_required()) described["required"] = true;
    if (option.get_items_expected_max() > 1) described["repeatable"] = true;
    std::set<std::string> excluded;  // CLI11's set is ordered by address
    for (const auto* other : option.get_excludes()) excluded.insert(other->get_name());
    if (!excluded.empty()) described["excludes"] = excluded;
    return described;
}

constexpr std::string_view kExamples = "Examples:\n", kIndent = "  ";

// CLI11 keeps a footer as one text.
Json examples_of(const CLI::App& app) {
    Json examples = Json::array();
    const std::string footer = app.get_footer();
    std::string_view text = footer;
    if (!text.starts_with(kExamples)) return examples;
    text.remove_prefix(kExamples.size());
    while (text.starts_with(kIndent)) {
        const auto end = std::min(text.find('\n'), text.size() - 1);
        examples.push_back(text.substr(kIndent.size(), end - kIndent.size()));
        text.remove_prefix(end + 1);
    }
    return examples;
}

Json describe_command(const CLI::App& app) {
    Json described{{"description", app.get_description()},
                   {"examples", examples_of(app)},
                   {"options", Json::array()},
                   {"subcommands", Json::array()}};
    for (const auto* option : app.get_options())
        if (!option->get_group().empty()) described["options"].push_back(describe_option(*option));
    for (const auto* command : app.get_subcommands([](const CLI::App* child) { return !child->get_group().empty(); })) {
        Json child{{"name", command->get_name()}};
        child.update(describe_command(*command));
        described["subcommands"].push_back(std::move(child));
    }
    return described;
}

}  // namespace

std::string exit_codes_text(const ExitCodes& codes) {
    std::string text = "Exit codes:\n";
    for (const auto& [code, meaning] : codes) text += "  " + std::to_string(code) + "  " + meaning + '\n';
    return text;
}

void add_examples(CLI::App& command, const std::vector<std::string>& lines) {
    std::string text(kExamples);
    for (const auto& line : lines) text += std::string(kIndent) + line + '\n';
    command.footer(text + '\n' + command.get_footer());
}

nlohmann::ordered_json describe(const CLI::App& app, const ExitCodes& codes) {
    Json described{{"program", app.get_name()}};
    described.update(describe_command(app));
    described["exit_codes"] = Json::array();
    for (const auto& [code, meaning] : codes) described["exit_codes"].push_back({{"code", code}, {"meaning", meaning}});
    return described;
}

void add_describe_flag(CLI::App& app, const ExitCodes& codes, const std::function<void(Json&)>& extend) {
    app.add_flag_callback(
           "--describe",
           [&app, codes, extend] {
               Json described = describe(app, codes);
               if (extend) extend(described);
               throw CLI::CallForVersion(described.dump(2), 0);  // CLI11's way to print and end well
           },
           "print this program's definition as JSON")
        ->group("");
}

}  // namespace opencapf::cli

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace opencapf::cli {

/// What a program ends with, and when. One table of a program gives the text of `--help` and the documentation.
struct ExitCode {
    int code;
    std::string meaning;
};
using ExitCodes = std::vector<ExitCode>;

/// "Exit codes:\n  0  done\n  ..." for CLI::App::footer.
std::string exit_codes_text(const ExitCodes& codes);

/// Puts command lines that show the use of `command` in front of its footer; describe() has them as "examples".
void add_examples(CLI::App& command, const std::vector<std::string>& lines);

/// The command line as data, from the definitions that parse it: "program", "description", "examples", "options",
/// "subcommands" (recursively), "exit_codes". Man pages, completion and reference are made from it
/// (tools/docs/generate.py), so an option cannot exist without being documented. Hidden options (group "") are left
/// out. Each option has "names" or "positional"; "type" (flag, text, integer, number, file, directory); "help"; and
/// where they apply "value_name", "default", "minimum" and "maximum", "choices", "environment", "required",
/// "repeatable", "excludes".
nlohmann::ordered_json describe(const CLI::App& app, const ExitCodes& codes);

/// Adds the hidden flag `--describe`, which prints describe() and ends the program with 0 like `--version`. `extend`
/// may add what only this program knows, such as its configuration. Call it after all other options are there.
void add_describe_flag(CLI::App& app, const ExitCodes& codes,
                       const std::function<void(nlohmann::ordered_json&)>& extend = {});

}  // namespace opencapf::cli

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json_text.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::config {

/// One configuration as it was put together from its files, and which file said what.
class Document {
public:
    /// The file at `path` with its overlays. Throws ConfigError when a file cannot be read or is no JSON object.
    static Document from_file(const std::string& path);
    static Document from_text(std::string_view name, std::string_view text);

    [[nodiscard]] const Json& root() const noexcept { return root_; }
    /// The directory that relative paths start from, with its slash; empty for a text.
    [[nodiscard]] const std::string& directory() const noexcept { return directory_; }
    void report(const std::string& pointer, const std::string& text);
    [[nodiscard]] bool good() const noexcept { return problems_.empty(); }
    [[noreturn]] void throw_problems() const;

private:
    void add(const std::string& name, std::string_view text);
    void merge(Json& target, const Json& patch, const std::string& pointer, const std::string& name);
    void merge_named(Json& target, const Json& patch, const std::string& pointer, const std::string& name);
    [[nodiscard]] const std::string& file_of(std::string pointer) const;

    Json root_;
    std::string directory_;
    std::string main_;                          // name of the main file
    std::map<std::string, std::string> files_;  // pointer -> overlay that set it
    std::vector<std::string> problems_;
};

}  // namespace opencapf::config

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "document.hpp"
#include "opencapf/config/reader.hpp"

#include <set>

namespace opencapf::config {

/// What all readers of one run share.
struct Reader::Context {
    Document* document = nullptr;  ///< null while describing
    std::string program;           ///< empty: secrets have no names in the environment
    Values values{};
};

/// One object of the document, or of its description.
struct Reader::Node {
    Context* context = nullptr;
    const Json* json = nullptr;  ///< null while describing
    Json* schema = nullptr;      ///< of this object, while describing
    std::string pointer{};       ///< in the document
    std::string label{};         ///< the same with names instead of numbers, for Values
    std::string environment{};   ///< name of this object in the environment, without the program
    bool all_live = false;
    std::set<std::string> known{};
    std::set<std::string> required{};
    std::set<std::string> live{};

    [[nodiscard]] bool is_live(const char* key) const { return all_live || live.count(key) > 0; }
    /// The value of `key`; null when it is missing, which is a problem only for a required one.
    const Json* find(const char* key, const char* help);
    void report(const char* key, const std::string& text) const;
    /// The same for the part `part` of the value of `key`.
    void report(const char* key, std::string_view part, const std::string& text) const;
    void report_unknown() const;
    /// What is in force for `key`.
    void record(const char* key, const Json& value, std::string fingerprint = {}) const;
    /// While describing: `facts` are the JSON Schema keywords of the type; the default is `value`.
    Json* describe(const char* key, Json facts, const Json& value, const char* help);
    /// A node for the object at `token` below this one, called `name` in labels and in the environment.
    [[nodiscard]] std::unique_ptr<Node> child(const Json* value, const std::string& token, const std::string& name,
                                              bool child_live) const;
    /// "CAPFD_EST_PASSWORD" for `key` "password_file".
    [[nodiscard]] std::string variable(std::string_view key) const;
};

}  // namespace opencapf::config

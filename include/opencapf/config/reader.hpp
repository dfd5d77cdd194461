// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/secret.hpp"
#include "opencapf/config/values.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::config {

/// Every problem of one configuration, a line each: "<file>: <JSON pointer>: <value> ..., expected ...".
class ConfigError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Reads one JSON object (comments allowed) into typed fields. It checks types and ranges itself, collects every
/// problem, and refuses unknown and duplicate keys. A missing key keeps the default already in the target. Not
/// thread-safe; used at start and reload only. The same calls describe the file: schema() runs them without a document,
/// so the JSON Schema, the reference pages and the program cannot disagree. `help` says in one line what the key means.
class Reader {
public:
    using Fill = std::function<void(Reader&)>;

    /// Parses the file at `path`, merges the overlays over it, lets `fill` read the root object, and throws ConfigError
    /// with all problems. Overlays of `NAME.json` are the files `NAME.d/*.json` beside it, in the order of their names,
    /// merged as RFC 7386 says; arrays of named objects merge by name. Relative paths, in overlays too, are relative to
    /// the directory of `path`. `program` ("capfd") gives secrets their names in the environment; see secret().
    static Values read_file(const std::string& path, std::string_view program, const Fill& fill);
    /// The same for a text without overlays; `name` stands for the file in messages, relative paths stay relative.
    static Values read_text(std::string_view name, std::string_view text, const Fill& fill,
                            std::string_view program = {});
    /// JSON Schema (draft-07) of what `fill` reads. Beside the standard keywords: `x-reload` (a change takes effect at
    /// reload), `x-unit` ("s"), `x-file` (the string is a path), `x-environment` (name of the secret).
    static std::string schema(std::string_view program, const Fill& fill);

    void text(const char* key, std::string& target, const char* help);  ///< a non-empty string
    void optional_text(const char* key, std::string& target, const char* help);
    void path(const char* key, std::string& target, const char* help);
    /// A path of a file or directory that the daemon reads at start and reload: a new content counts as a change.
    void content(const char* key, std::string& target, const char* help);
    /// The path of a file with a secret. Before the path count, in this order: the environment variable NAME (the
    /// secret itself), NAME_FILE (a path), and the file named like NAME in lower case in $CREDENTIALS_DIRECTORY
    /// (systemd's LoadCredential). NAME is program and pointer in upper case, without "_file" at its end:
    /// CAPFD_EST_PASSWORD.
    void secret(const char* key, SecretSource& target, const char* help);
    void boolean(const char* key, bool& target, const char* help);
    template <class Int>
    void integer(const char* key, Int& target, std::int64_t low, std::int64_t high, const char* help) {
        std::int64_t value = static_cast<std::int64_t>(target);
        integer_impl(key, value, low, high, help);
        target = static_cast<Int>(value);
    }
    /// One of a few numbers.
    template <class Int>
    void number_choice(const char* key, Int& target, const std::vector<std::int64_t>& choices, const char* help) {
        std::int64_t value = static_cast<std::int64_t>(target);
        number_choice_impl(key, value, choices, help);
        target = static_cast<Int>(value);
    }
    /// A number of seconds (fractions allowed) between `low` and `high`.
    void seconds(const char* key, std::chrono::milliseconds& target, double low, double high, const char* help);
    /// One of `choices`; `target` gets its index.
    void choice(const char* key, std::size_t& target, const std::vector<std::string>& choices, const char* help);
    void texts(const char* key, std::vector<std::string>& target, const char* help);
    void text_map(const char* key, std::map<std::string, std::string>& target, const char* help);
    /// A nested object; `fill` is not called when the key is missing.
    void object(const char* key, const Fill& fill, const char* help);
    /// An array of objects; `fill` is called for each element in order.
    void objects(const char* key, const Fill& fill, const char* help);
    /// The key must be there: say so before reading it.
    void require(const char* key);
    /// A reload applies changes of these keys and of all below them: say so before reading them.
    void live(std::initializer_list<const char*> keys);
    /// Reports a problem of `key` found by the caller: `problem` says what was expected.
    void problem(const char* key, const std::string& problem);

    ~Reader();

private:
    struct Node;
    struct Context;
    explicit Reader(std::unique_ptr<Node> node);
    void integer_impl(const char* key, std::int64_t& target, std::int64_t low, std::int64_t high, const char* help);
    void number_choice_impl(const char* key, std::int64_t& target, const std::vector<std::int64_t>& choices,
                            const char* help);
    static Values run(Context& context, const Fill& fill);
    std::unique_ptr<Node> node_;
};

}  // namespace opencapf::config

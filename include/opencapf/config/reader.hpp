// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::config {

/// Every problem of one file, a line each: "<file>: <JSON pointer>: <value> ..., expected ...".
class ConfigError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Reads one JSON object (comments allowed) into typed fields. It checks types and ranges itself, collects every
/// problem, and refuses unknown and duplicate keys. A missing key keeps the default already in the target. Not
/// thread-safe; used at start and reload only. `help` says in one line what the key means (documentation reads it
/// later).
class Reader {
public:
    /// Parses the file at `path`, lets `fill` read the root object, and throws ConfigError with all problems.
    /// Relative paths in the file are relative to its directory (see path()).
    static void read_file(const std::string& path, const std::function<void(Reader&)>& fill);
    /// The same for a text; `name` stands for the file in messages, relative paths stay relative.
    static void read_text(std::string_view name, std::string_view text, const std::function<void(Reader&)>& fill);

    void text(const char* key, std::string& target, const char* help);  ///< a non-empty string
    void optional_text(const char* key, std::string& target, const char* help);
    void path(const char* key, std::string& target, const char* help);
    void boolean(const char* key, bool& target, const char* help);
    template <class Int>
    void integer(const char* key, Int& target, std::int64_t low, std::int64_t high, const char* help) {
        std::int64_t value = static_cast<std::int64_t>(target);
        integer_impl(key, value, low, high, help);
        target = static_cast<Int>(value);
    }
    /// A number of seconds (fractions allowed) between `low` and `high`.
    void seconds(const char* key, std::chrono::milliseconds& target, double low, double high, const char* help);
    /// One of `choices`; `target` gets its index.
    void choice(const char* key, std::size_t& target, const std::vector<std::string>& choices, const char* help);
    void texts(const char* key, std::vector<std::string>& target, const char* help);
    void text_map(const char* key, std::map<std::string, std::string>& target, const char* help);
    /// A nested object; `fill` is not called when the key is missing.
    void object(const char* key, const std::function<void(Reader&)>& fill, const char* help);
    /// An array of objects; `fill` is called for each element in order.
    void objects(const char* key, const std::function<void(Reader&)>& fill, const char* help);
    /// The key must be there: say so before reading it.
    void require(const char* key);
    /// Reports a problem of `key` found by the caller: `problem` says what was expected.
    void problem(const char* key, const std::string& problem);

    ~Reader();

private:
    struct Node;
    explicit Reader(std::unique_ptr<Node> node);
    void integer_impl(const char* key, std::int64_t& target, std::int64_t low, std::int64_t high, const char* help);
    static void run(std::string_view name, std::string_view text, const std::string& directory,
                    const std::function<void(Reader&)>& fill);
    std::unique_ptr<Node> node_;
};

}  // namespace opencapf::config

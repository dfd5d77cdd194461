// SPDX-License-Identifier: Apache-2.0
#include "opencapf/config/reader.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

namespace opencapf::config {
namespace {

using Json = nlohmann::json;

std::string shown(const Json& value) {
    std::string text = value.dump();
    return printable(text, 60);
}

std::string kind(const Json& value) {
    if (value.is_object()) return "an object";
    if (value.is_array()) return "an array";
    return shown(value);
}

std::string pointer_token(std::string_view key) {
    std::string token;
    for (char c : key) {
        if (c == '~') {
            token += "~0";
        } else if (c == '/') {
            token += "~1";
        } else {
            token += c;
        }
    }
    return token;
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// nlohmann keeps the last of two equal keys without a word; a SAX pass finds them.
class DuplicateFinder final : public nlohmann::json_sax<Json> {
public:
    explicit DuplicateFinder(std::vector<std::string>& problems) : problems_(problems) {}
    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }
    bool number_unsigned(number_unsigned_t) override { return value(); }
    bool number_float(number_float_t, const string_t&) override { return value(); }
    bool string(string_t&) override { return value(); }
    bool binary(binary_t&) override { return value(); }
    bool start_object(std::size_t) override { return open(true); }
    bool start_array(std::size_t) override { return open(false); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& key) override {
        levels_.back().token = pointer_token(key);
        if (!levels_.back().keys.insert(key).second) problems_.push_back(pointer() + ": the key is there twice");
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

private:
    struct Level {
        bool object;
        std::string token;
        std::size_t index = 0;
        std::set<std::string> keys{};
    };
    bool value() {
        if (!levels_.empty() && !levels_.back().object) ++levels_.back().index;
        return true;
    }
    bool open(bool object) {
        levels_.push_back({object, {}});
        return true;
    }
    bool close() {
        levels_.pop_back();
        return value();
    }
    std::string pointer() const {
        std::string text;
        for (const auto& level : levels_) text += '/' + (level.object ? level.token : std::to_string(level.index));
        return text;
    }
    std::vector<std::string>& problems_;
    std::vector<Level> levels_;
};

}  // namespace

struct Reader::Node {
    const Json* json = nullptr;
    std::string pointer;
    std::string directory;
    std::vector<std::string>* problems = nullptr;
    std::set<std::string> known{};
    std::set<std::string> required{};

    const Json* find(const char* key, const char* help) {
        known.insert(key);
        const auto it = json->find(key);
        if (it != json->end()) return &*it;
        if (required.erase(key) > 0) report(key, std::string("missing, expected: ") + help);
        return nullptr;
    }
    void report(const char* key, const std::string& text) const {
        problems->push_back(pointer + '/' + pointer_token(key) + ": " + text);
    }
    /// The same for the part `part` of the value of `key`.
    void report(const char* key, std::string_view part, const std::string& text) const {
        problems->push_back(pointer + '/' + pointer_token(key) + '/' + pointer_token(part) + ": " + text);
    }
    std::string known_keys() const {
        std::string keys;
        for (const auto& key : known) keys += (keys.empty() ? "" : ", ") + key;
        return keys;
    }
    void report_unknown() const {
        for (const auto& key : required)
            if (json->find(key) == json->end()) report(key.c_str(), "missing");
        for (const auto& item : json->items())
            if (known.count(item.key()) == 0)
                report(item.key().c_str(), kind(item.value()) + ": unknown key, expected one of " + known_keys());
    }
};

Reader::Reader(std::unique_ptr<Node> node) : node_(std::move(node)) {}
Reader::~Reader() = default;

void Reader::read_file(const std::string& path, const std::function<void(Reader&)>& fill) {
    std::string text;
    try {
        text = opencapf::read_file(path);
    } catch (const std::exception& error) {
        throw ConfigError(error.what());
    }
    const auto slash = path.rfind('/');
    run(path, text, slash == std::string::npos ? std::string() : path.substr(0, slash + 1), fill);
}

void Reader::read_text(std::string_view name, std::string_view text, const std::function<void(Reader&)>& fill) {
    run(name, text, {}, fill);
}

void Reader::run(std::string_view name, std::string_view text, const std::string& directory,
                 const std::function<void(Reader&)>& fill) {
    const std::string prefix = std::string(name) + ": ";
    Json root;
    try {
        root = Json::parse(text, nullptr, true, true);
    } catch (const Json::parse_error& error) {
        throw ConfigError(prefix + error.what());
    }
    if (!root.is_object()) throw ConfigError(prefix + "expected a JSON object at the top, not " + kind(root));
    std::vector<std::string> problems;
    DuplicateFinder finder(problems);
    Json::sax_parse(text, &finder, nlohmann::detail::input_format_t::json, true, true);
    auto node = std::make_unique<Node>();
    node->json = &root;
    node->directory = directory;
    node->problems = &problems;
    Reader reader(std::move(node));
    fill(reader);
    reader.node_->report_unknown();
    if (problems.empty()) return;
    std::string message;
    for (const auto& problem : problems) message += (message.empty() ? "" : "\n") + prefix + problem;
    throw ConfigError(message);
}

void Reader::text(const char* key, std::string& target, const char* help) {
    const Json* value = node_->find(key, help);
    if (value != nullptr && value->is_string() && value->get_ref<const std::string&>().empty()) {
        node_->report(key, "\"\" is empty, expected a non-empty string");
        return;
    }
    optional_text(key, target, help);
}

void Reader::optional_text(const char* key, std::string& target, const char* help) {
    const Json* value = node_->find(key, help);
    if (value == nullptr) return;
    if (!value->is_string()) return node_->report(key, kind(*value) + " is no string");
    const auto& content = value->get_ref<const std::string&>();
    if (has_control(content)) return node_->report(key, kind(*value) + " holds a control character");
    target = content;
}

void Reader::path(const char* key, std::string& target, const char* help) {
    std::string value;
    text(key, value, help);
    if (!value.empty()) target = value;
    if (!target.empty() && target.front() != '/')
        target = std::filesystem::path(node_->directory + target).lexically_normal().string();
}

void Reader::boolean(const char* key, bool& target, const char* help) {
    const Json* value = node_->find(key, help);
    if (value == nullptr) return;
    if (!value->is_boolean()) return node_->report(key, kind(*value) + " is neither true nor false");
    target = value->get<bool>();
}

void Reader::integer_impl(const char* key, std::int64_t& target, std::int64_t low, std::int64_t high,
                          const char* help) {
    const Json* value = node_->find(key, help);
    if (value == nullptr) return;
    const std::string range = std::to_string(low) + ".." + std::to_string(high);
    if (!value->is_number_integer()) return node_->report(key, kind(*value) + " is no integer, expected " + range);
    // An unsigned value above the signed range must not wrap.
    const bool huge =
        value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
    if (huge || value->get<std::int64_t>() < low || value->get<std::int64_t>() > high)
        return node_->report(key, shown(*value) + " is outside " + range);
    target = value->get<std::int64_t>();
}

void Reader::seconds(const char* key, std::chrono::milliseconds& target, double low, double high, const char* help) {
    const Json* value = node_->find(key, help);
    if (value == nullptr) return;
    const auto number = [](double x) { return Json(x).dump(); };
    const std::string range = number(low) + ".." + number(high) + " seconds";
    if (!value->is_number()) return node_->report(key, kind(*value) + " is no number, expected " + range);
    const double seconds = value->get<double>();
    if (!(seconds >= low && seconds <= high)) return node_->report(key, shown(*value) + " is outside " + range);
    target = std::chrono::milliseconds(std::llround(seconds * 1000));
}

void Reader::choice(const char* key, std::size_t& target, const std::vector<std::string>& choices, const char* help) {
    const Json* value = node_->find(key, help);
    if (value == nullptr) return;
    std::string expected;
    for (std::size_t i = 0; i < choices.size(); ++i) {
        if (value->is_string() && value->get_ref<const std::string&>() == choices[i]) {
            target = i;
            return;
        }
        expected += (i == 0 ? "\"" : ", \"") + choices[i] + '"';
    }
    node_->report(key, kind(*value) + " is not one of " + expected);
}

void Reader::texts(const char* key, std::vector<std::string>& target, const char* help) {
    const Json* value = node_->find(key, help);
    if (value == nullptr) return;
    if (!value->is_array()) return node_->report(key, kind(*value) + " is no array of strings");
    std::vector<std::string> read;
    for (const auto& item : *value) {
        if (!item.is_string()) return node_->report(key, kind(item) + " in the array is no string");
        read.push_back(item.get<std::string>());
        if (has_control(read.back()))
            return node_->report(key, std::to_string(read.size() - 1), kind(item) + " holds a control character");
    }
    target = std::move(read);
}

void Reader::text_map(const char* key, std::map<std::string, std::string>& target, const char* help) {
    const Json* value = node_->find(key, help);
    if (value == nullptr) return;
    if (!value->is_object()) return node_->report(key, kind(*value) + " is no object of strings");
    std::map<std::string, std::string> read;
    for (const auto& item : value->items()) {
        if (!item.value().is_string()) return node_->report(key, kind(item.value()) + " in the object is no string");
        const auto& text = item.value().get_ref<const std::string&>();
        if (has_control(item.key()) || has_control(text))
            return node_->report(key, printable(item.key(), 60),
                                 kind(item.value()) + " or its key holds a control character");
        read[item.key()] = text;
    }
    target = std::move(read);
}

void Reader::object(const char* key, const std::function<void(Reader&)>& fill, const char* help) {
    const Json* value = node_->find(key, help);
    if (value == nullptr) return;
    if (!value->is_object()) return node_->report(key, kind(*value) + " is no object");
    auto child = std::make_unique<Node>();
    child->json = value;
    child->pointer = node_->pointer + '/' + pointer_token(key);
    child->directory = node_->directory;
    child->problems = node_->problems;
    Reader reader(std::move(child));
    fill(reader);
    reader.node_->report_unknown();
}

void Reader::objects(const char* key, const std::function<void(Reader&)>& fill, const char* help) {
    const Json* value = node_->find(key, help);
    if (value == nullptr) return;
    if (!value->is_array()) return node_->report(key, kind(*value) + " is no array of objects");
    for (std::size_t i = 0; i < value->size(); ++i) {
        const Json& item = (*value)[i];
        const std::string pointer = node_->pointer + '/' + pointer_token(key) + '/' + std::to_string(i);
        if (!item.is_object()) {
            node_->problems->push_back(pointer + ": " + kind(item) + " is no object");
            continue;
        }
        auto child = std::make_unique<Node>();
        child->json = &item;
        child->pointer = pointer;
        child->directory = node_->directory;
        child->problems = node_->problems;
        Reader reader(std::move(child));
        fill(reader);
        reader.node_->report_unknown();
    }
}

void Reader::require(const char* key) { node_->required.insert(key); }

void Reader::problem(const char* key, const std::string& problem) {
    const auto it = node_->json->find(key);
    node_->report(key, (it == node_->json->end() ? std::string("missing") : kind(*it)) + ": " + problem);
}

}  // namespace opencapf::config

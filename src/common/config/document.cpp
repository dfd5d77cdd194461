// SPDX-License-Identifier: Apache-2.0
#include "document.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/config/reader.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

namespace opencapf::config {
namespace {

namespace fs = std::filesystem;

// nlohmann keeps the last of two equal keys without a word; a SAX pass finds them.
class DuplicateFinder final : public nlohmann::json_sax<Json> {
public:
    [[nodiscard]] const std::vector<std::string>& pointers() const noexcept { return pointers_; }
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
        if (!levels_.back().keys.insert(key).second) pointers_.push_back(pointer());
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
    std::vector<Level> levels_;
    std::vector<std::string> pointers_;
};

bool named(const Json& value) {
    return value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), [](const Json& item) {
               return item.is_object() && item.contains("name") && item["name"].is_string();
           });
}

std::string read_or_throw(const std::string& path) {
    try {
        return read_file(path);
    } catch (const std::exception& error) {
        throw ConfigError(error.what());
    }
}

/// The overlays of a configuration file, by name.
std::vector<std::string> overlays_of(const fs::path& file) {
    fs::path folder = file;
    folder.replace_extension(".d");
    std::vector<std::string> found;
    std::error_code ec;
    for (fs::directory_iterator at(folder, ec), end; !ec && at != end; at.increment(ec))
        if (at->path().extension() == ".json") found.push_back(at->path().string());
    if (ec && ec != std::errc::no_such_file_or_directory)
        throw ConfigError(folder.string() + ": cannot look for overlays: " + ec.message());
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace

Document Document::from_file(const std::string& path) {
    Document document;
    const auto slash = path.rfind('/');
    document.directory_ = slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
    document.add(path, read_or_throw(path));
    for (const auto& overlay : overlays_of(path)) document.add(overlay, read_or_throw(overlay));
    return document;
}

Document Document::from_text(std::string_view name, std::string_view text) {
    Document document;
    document.add(std::string(name), text);
    return document;
}

void Document::add(const std::string& name, std::string_view text) {
    Json part;
    try {
        part = Json::parse(text, nullptr, true, true);
    } catch (const Json::parse_error& error) {
        throw ConfigError(name + ": " + error.what());
    }
    if (!part.is_object()) throw ConfigError(name + ": expected a JSON object at the top, not " + kind(part));
    DuplicateFinder finder;
    Json::sax_parse(text, &finder, nlohmann::detail::input_format_t::json, true, true);
    for (const auto& pointer : finder.pointers())
        problems_.push_back(name + ": " + pointer + ": the key is there twice");
    if (main_.empty()) {
        main_ = name;
        root_ = std::move(part);
    } else {
        merge(root_, part, "", name);
    }
}

void Document::merge(Json& target, const Json& patch, const std::string& pointer, const std::string& name) {
    if (named(target) && named(patch)) return merge_named(target, patch, pointer, name);
    if (!patch.is_object()) {
        target = patch;
        files_[pointer] = name;
        return;
    }
    if (!target.is_object()) {
        target = Json::object();
        files_[pointer] = name;
    }
    for (const auto& item : patch.items()) {
        const std::string inner = pointer + '/' + pointer_token(item.key());
        if (item.value().is_null()) {
            target.erase(item.key());
            files_[inner] = name;
        } else {
            merge(target[item.key()], item.value(), inner, name);
        }
    }
}

void Document::merge_named(Json& target, const Json& patch, const std::string& pointer, const std::string& name) {
    for (const auto& item : patch) {
        const auto found = std::find_if(target.begin(), target.end(),
                                        [&item](const Json& known) { return known["name"] == item["name"]; });
        const auto index = static_cast<std::size_t>(found - target.begin());
        if (found == target.end()) target.push_back(Json::object());
        merge(target[index], item, pointer + '/' + std::to_string(index), name);
    }
}

/// The overlay that said last what stands at `pointer`, or at the nearest place above it.
const std::string& Document::file_of(std::string pointer) const {
    for (;;) {
        const auto found = files_.find(pointer);
        if (found != files_.end()) return found->second;
        if (pointer.empty()) return main_;
        pointer.erase(pointer.rfind('/'));
    }
}

void Document::report(const std::string& pointer, const std::string& text) {
    problems_.push_back(file_of(pointer) + ": " + pointer + ": " + text);
}

void Document::throw_problems() const {
    std::string message;
    for (const auto& problem : problems_) message += (message.empty() ? "" : "\n") + problem;
    throw ConfigError(message);
}

}  // namespace opencapf::config

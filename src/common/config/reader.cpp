// SPDX-License-Identifier: Apache-2.0
#include "opencapf/config/reader.hpp"

#include "content.hpp"
#include "node.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace opencapf::config {
namespace {

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

constexpr const char* kNoControl = "^[^\\u0000-\\u001f\\u007f]*$";

Json seconds_json(std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1000; }

}  // namespace

Reader::Reader(std::unique_ptr<Node> node) : node_(std::move(node)) {}
Reader::~Reader() = default;

Values Reader::read_file(const std::string& path, std::string_view program, const Fill& fill) {
    Document document = Document::from_file(path);
    Context context{&document, std::string(program)};
    return run(context, fill);
}

Values Reader::read_text(std::string_view name, std::string_view text, const Fill& fill, std::string_view program) {
    Document document = Document::from_text(name, text);
    Context context{&document, std::string(program)};
    return run(context, fill);
}

Values Reader::run(Context& context, const Fill& fill) {
    auto node = std::make_unique<Node>();
    node->context = &context;
    node->json = &context.document->root();
    Reader reader(std::move(node));
    fill(reader);
    reader.node_->report_unknown();
    if (!context.document->good()) context.document->throw_problems();
    return std::move(context.values);
}

std::string Reader::schema(std::string_view program, const Fill& fill) {
    Context context{nullptr, std::string(program)};
    Json root = {
        {"$schema", "http://json-schema.org/draft-07/schema#"},
        {"title", "Configuration of " + std::string(program)},
        {"type", "object"},
        {"additionalProperties", false},
        {"properties", {{"$schema", {{"type", "string"}, {"description", "where editors find this schema"}}}}}};
    auto node = std::make_unique<Node>();
    node->context = &context;
    node->schema = &root;
    Reader reader(std::move(node));
    fill(reader);
    return root.dump(2);
}

void Reader::text(const char* key, std::string& target, const char* help) {
    if (node_->describe(key, {{"type", "string"}, {"minLength", 1}, {"pattern", kNoControl}},
                        target.empty() ? Json() : Json(target), help))
        return;
    const Json* value = node_->find(key, help);
    if (value != nullptr && value->is_string() && value->get_ref<const std::string&>().empty()) {
        node_->report(key, "\"\" is empty, expected a non-empty string");
        return;
    }
    optional_text(key, target, help);
}

void Reader::optional_text(const char* key, std::string& target, const char* help) {
    if (node_->describe(key, {{"type", "string"}, {"pattern", kNoControl}}, target, help)) return;
    if (const Json* value = node_->find(key, help)) {
        if (!value->is_string()) return node_->report(key, kind(*value) + " is no string");
        const auto& content = value->get_ref<const std::string&>();
        if (has_control(content)) return node_->report(key, kind(*value) + " holds a control character");
        target = content;
    }
    node_->record(key, target);
}

void Reader::path(const char* key, std::string& target, const char* help) {
    text(key, target, help);
    if (node_->schema != nullptr) {
        (*node_->schema)["properties"][key]["x-file"] = true;
        return;
    }
    if (!target.empty() && target.front() != '/')
        target = std::filesystem::path(node_->context->document->directory() + target).lexically_normal().string();
    node_->record(key, target);
}

void Reader::content(const char* key, std::string& target, const char* help) {
    path(key, target, help);
    node_->record(key, target, fingerprint_of(target));
}

void Reader::secret(const char* key, SecretSource& target, const char* help) {
    const std::string variable = node_->context->program.empty() ? std::string() : node_->variable(key);
    const SecretSource elsewhere = secret_from_environment(variable);
    const bool found = !elsewhere.file.empty() || !elsewhere.variable.empty();
    // A schema knows nothing of the environment.
    if (found || node_->schema != nullptr) node_->required.erase(key);
    path(key, target.file, help);
    if (node_->schema != nullptr) {
        if (!variable.empty()) (*node_->schema)["properties"][key]["x-environment"] = variable;
        return;
    }
    if (found) target = elsewhere;
    node_->record(key, target.origin(), fingerprint_of(target));
}

void Reader::boolean(const char* key, bool& target, const char* help) {
    if (node_->describe(key, {{"type", "boolean"}}, target, help)) return;
    if (const Json* value = node_->find(key, help)) {
        if (!value->is_boolean()) return node_->report(key, kind(*value) + " is neither true nor false");
        target = value->get<bool>();
    }
    node_->record(key, target);
}

void Reader::integer_impl(const char* key, std::int64_t& target, std::int64_t low, std::int64_t high,
                          const char* help) {
    if (node_->describe(key, {{"type", "integer"}, {"minimum", low}, {"maximum", high}}, target, help)) return;
    if (const Json* value = node_->find(key, help)) {
        const std::string range = std::to_string(low) + ".." + std::to_string(high);
        if (!value->is_number_integer()) return node_->report(key, kind(*value) + " is no integer, expected " + range);
        // An unsigned value above the signed range must not wrap.
        const bool huge =
            value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
        if (huge || value->get<std::int64_t>() < low || value->get<std::int64_t>() > high)
            return node_->report(key, shown(*value) + " is outside " + range);
        target = value->get<std::int64_t>();
    }
    node_->record(key, target);
}

void Reader::number_choice_impl(const char* key, std::int64_t& target, const std::vector<std::int64_t>& choices,
                                const char* help) {
    if (node_->describe(key, {{"type", "integer"}, {"enum", choices}}, target, help)) return;
    if (const Json* value = node_->find(key, help)) {
        const auto found = std::find_if(choices.begin(), choices.end(),
                                        [value](std::int64_t choice) { return *value == Json(choice); });
        if (!value->is_number_integer() || found == choices.end())
            return node_->report(key, kind(*value) + " is not one of " + Json(choices).dump());
        target = *found;
    }
    node_->record(key, target);
}

void Reader::seconds(const char* key, std::chrono::milliseconds& target, double low, double high, const char* help) {
    if (node_->describe(key, {{"type", "number"}, {"minimum", low}, {"maximum", high}, {"x-unit", "s"}},
                        seconds_json(target), help))
        return;
    if (const Json* value = node_->find(key, help)) {
        const auto number = [](double x) { return Json(x).dump(); };
        const std::string range = number(low) + ".." + number(high) + " seconds";
        if (!value->is_number()) return node_->report(key, kind(*value) + " is no number, expected " + range);
        const double seconds = value->get<double>();
        if (!(seconds >= low && seconds <= high)) return node_->report(key, shown(*value) + " is outside " + range);
        target = std::chrono::milliseconds(std::llround(seconds * 1000));
    }
    node_->record(key, seconds_json(target));
}

void Reader::choice(const char* key, std::size_t& target, const std::vector<std::string>& choices, const char* help) {
    if (node_->describe(key, {{"type", "string"}, {"enum", choices}}, choices.at(target), help)) return;
    if (const Json* value = node_->find(key, help)) {
        std::string expected;
        for (const auto& each : choices) expected += (expected.empty() ? "\"" : ", \"") + each + '"';
        const auto found =
            std::find_if(choices.begin(), choices.end(), [value](const auto& each) { return *value == Json(each); });
        if (found == choices.end()) return node_->report(key, kind(*value) + " is not one of " + expected);
        target = static_cast<std::size_t>(found - choices.begin());
    }
    node_->record(key, choices.at(target));
}

void Reader::texts(const char* key, std::vector<std::string>& target, const char* help) {
    const Json item = {{"type", "string"}, {"pattern", kNoControl}};
    if (node_->describe(key, {{"type", "array"}, {"items", item}}, target, help)) return;
    if (const Json* value = node_->find(key, help)) {
        if (!value->is_array()) return node_->report(key, kind(*value) + " is no array of strings");
        std::vector<std::string> read;
        for (const auto& part : *value) {
            if (!part.is_string()) return node_->report(key, kind(part) + " in the array is no string");
            read.push_back(part.get<std::string>());
            if (has_control(read.back()))
                return node_->report(key, std::to_string(read.size() - 1), kind(part) + " holds a control character");
        }
        target = std::move(read);
    }
    node_->record(key, target);
}

void Reader::text_map(const char* key, std::map<std::string, std::string>& target, const char* help) {
    const Json item = {{"type", "string"}, {"pattern", kNoControl}};
    const Json name = {{"pattern", kNoControl}};
    if (node_->describe(key, {{"type", "object"}, {"additionalProperties", item}, {"propertyNames", name}}, target,
                        help))
        return;
    if (const Json* value = node_->find(key, help)) {
        if (!value->is_object()) return node_->report(key, kind(*value) + " is no object of strings");
        std::map<std::string, std::string> read;
        for (const auto& part : value->items()) {
            if (!part.value().is_string())
                return node_->report(key, kind(part.value()) + " in the object is no string");
            const auto& text = part.value().get_ref<const std::string&>();
            if (has_control(part.key()) || has_control(text))
                return node_->report(key, printable(part.key(), 60),
                                     kind(part.value()) + " or its key holds a control character");
            read[part.key()] = text;
        }
        target = std::move(read);
    }
    node_->record(key, target);
}

void Reader::object(const char* key, const Fill& fill, const char* help) {
    if (Json* place = node_->describe(key, {{"type", "object"}, {"additionalProperties", false}}, Json(), help)) {
        auto child = node_->child(nullptr, pointer_token(key), key, node_->is_live(key));
        child->schema = place;
        Reader reader(std::move(child));
        return fill(reader);
    }
    const Json* value = node_->find(key, help);
    if (value == nullptr) return;
    if (!value->is_object()) return node_->report(key, kind(*value) + " is no object");
    Reader reader(node_->child(value, pointer_token(key), key, node_->is_live(key)));
    fill(reader);
    reader.node_->report_unknown();
}

void Reader::objects(const char* key, const Fill& fill, const char* help) {
    const Json item_type = {{"type", "object"}, {"additionalProperties", false}};
    if (Json* place = node_->describe(key, {{"type", "array"}, {"items", item_type}}, Json(), help)) {
        auto list = node_->child(nullptr, pointer_token(key), key, node_->is_live(key));
        auto child = list->child(nullptr, "0", "<NAME>", list->all_live);
        child->environment = list->environment + "_<NAME>";
        child->schema = &(*place)["items"];
        Reader reader(std::move(child));
        return fill(reader);
    }
    const Json* value = node_->find(key, help);
    if (value == nullptr) return;
    if (!value->is_array()) return node_->report(key, kind(*value) + " is no array of objects");
    const auto list = node_->child(value, pointer_token(key), key, node_->is_live(key));
    for (std::size_t i = 0; i < value->size(); ++i) {
        const Json& item = (*value)[i];
        const std::string index = std::to_string(i);
        if (!item.is_object()) {
            node_->report(key, index, kind(item) + " is no object");
            continue;
        }
        const bool named = item.contains("name") && item["name"].is_string();
        Reader reader(list->child(&item, index, named ? item["name"].get<std::string>() : index, list->all_live));
        fill(reader);
        reader.node_->report_unknown();
    }
}

void Reader::require(const char* key) { node_->required.insert(key); }

void Reader::live(std::initializer_list<const char*> keys) { node_->live.insert(keys.begin(), keys.end()); }

void Reader::problem(const char* key, const std::string& problem) {
    if (node_->json == nullptr) return;  // a default may be incomplete; a description is about what is allowed
    const auto it = node_->json->find(key);
    node_->report(key, (it == node_->json->end() ? std::string("missing") : kind(*it)) + ": " + problem);
}

}  // namespace opencapf::config

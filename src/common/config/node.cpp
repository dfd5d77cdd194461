// SPDX-License-Identifier: Apache-2.0
#include "node.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>

namespace opencapf::config {
namespace {

std::string upper_name(std::string_view text) {
    std::string name = to_upper(text);
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')); }, '_');
    return name;
}

}  // namespace

const Json* Reader::Node::find(const char* key, const char* help) {
    known.insert(key);
    if (json == nullptr) return nullptr;
    const auto it = json->find(key);
    if (it != json->end()) return &*it;
    if (required.erase(key) > 0) report(key, std::string("missing, expected: ") + help);
    return nullptr;
}

void Reader::Node::report(const char* key, const std::string& text) const {
    context->document->report(pointer + '/' + pointer_token(key), text);
}

void Reader::Node::report(const char* key, std::string_view part, const std::string& text) const {
    context->document->report(pointer + '/' + pointer_token(key) + '/' + pointer_token(part), text);
}

void Reader::Node::report_unknown() const {
    std::string keys;
    for (const auto& key : known) keys += (keys.empty() ? "" : ", ") + key;
    for (const auto& key : required)
        if (json->find(key) == json->end()) report(key.c_str(), "missing");
    for (const auto& item : json->items()) {
        if (known.count(item.key()) > 0) continue;
        // Editors find the schema of the file by it.
        if (pointer.empty() && item.key() == "$schema" && item.value().is_string()) continue;
        report(item.key().c_str(), kind(item.value()) + ": unknown key, expected one of " + keys);
    }
}

void Reader::Node::record(const char* key, const Json& value, std::string fingerprint) const {
    if (json == nullptr) return;
    context->values[label + '/' + pointer_token(key)] = {value.dump(), std::move(fingerprint), is_live(key)};
}

Json* Reader::Node::describe(const char* key, Json facts, const Json& value, const char* help) {
    if (schema == nullptr) return nullptr;
    facts["description"] = help;
    facts["x-reload"] = is_live(key);
    if (required.erase(key) > 0) {
        (*schema)["required"].push_back(key);
    } else if (!value.is_null()) {
        facts["default"] = value;
    }
    Json& place = (*schema)["properties"][key];
    place = std::move(facts);
    return &place;
}

std::unique_ptr<Reader::Node> Reader::Node::child(const Json* value, const std::string& token, const std::string& name,
                                                  bool child_live) const {
    auto node = std::make_unique<Node>();
    node->context = context;
    node->json = value;
    node->pointer = pointer + '/' + token;
    node->label = label + '/' + pointer_token(name);
    node->environment = environment + '_' + upper_name(name);
    node->all_live = child_live;
    return node;
}

std::string Reader::Node::variable(std::string_view key) const {
    constexpr std::string_view kFile = "_file";
    if (key.ends_with(kFile)) key.remove_suffix(kFile.size());
    return upper_name(context->program) + environment + '_' + upper_name(key);
}

}  // namespace opencapf::config

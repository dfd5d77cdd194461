// SPDX-License-Identifier: Apache-2.0
#include "ces/server/route.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace opencapf::ces {
namespace {

constexpr std::string_view kPrefix = "/.well-known/est/";
constexpr std::size_t kMaxLabel = 128;  // libEST's limit
constexpr std::array<std::pair<std::string_view, Operation>, 6> kOperations{{
    {"cacerts", Operation::cacerts},
    {"simpleenroll", Operation::enroll},
    {"simplereenroll", Operation::reenroll},
    {"csrattrs", Operation::csrattrs},
    {"serverkeygen", Operation::server_keygen},
    {"fullcmc", Operation::full_cmc},
}};

Operation operation_named(std::string_view name) {
    for (const auto& [text, operation] : kOperations)
        if (text == name) return operation;
    return Operation::none;
}

bool is_unreserved(char c) {  // RFC 3986 section 2.3
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

}  // namespace

bool is_label(std::string_view text) {
    return !text.empty() && text.size() <= kMaxLabel && std::all_of(text.begin(), text.end(), is_unreserved) &&
           text != "." && text != ".." && operation_named(text) == Operation::none;
}

Route route_of(std::string_view path) {
    Route route;
    if (path.substr(0, kPrefix.size()) != kPrefix) return route;
    path.remove_prefix(kPrefix.size());
    const auto slash = path.find('/');
    if (slash != std::string_view::npos) {
        if (!is_label(path.substr(0, slash))) return route;
        route.label = std::string(path.substr(0, slash));
        path.remove_prefix(slash + 1);
    }
    route.operation = operation_named(path);
    return route;
}

std::string_view name_of(Operation operation) noexcept {
    for (const auto& [text, known] : kOperations)
        if (known == operation) return text;
    return "other";
}

}  // namespace opencapf::ces

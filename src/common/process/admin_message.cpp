// SPDX-License-Identifier: Apache-2.0
#include "opencapf/process/admin_message.hpp"

#include "opencapf/base/text.hpp"

namespace opencapf::process {
namespace {

constexpr std::size_t kMaxCheckText = 3000;

}  // namespace

Result<AdminJson> parse_admin_request(const std::string& line) {
    AdminJson request = AdminJson::parse(line, nullptr, false);
    if (!request.is_object()) return fail(Errc::malformed, "expected one JSON object per line");
    if (request.value("version", AdminJson()) != kAdminVersion)
        return fail(Errc::malformed, "version: this daemon speaks version " + std::to_string(kAdminVersion));
    const auto command = request.find("command");
    if (command == request.end() || !command->is_string()) return fail(Errc::malformed, "command: expected a string");
    return request;
}

Result<std::string> text_of(const AdminJson& request, const char* key, const char* fallback) {
    const auto it = request.find(key);
    if (it == request.end() && fallback != nullptr) return std::string(fallback);
    if (it == request.end() || !it->is_string()) return fail(Errc::malformed, std::string(key) + ": expected a string");
    return it->get<std::string>();
}

Result<std::int64_t> number_of(const AdminJson& request, const char* key, std::int64_t low, std::int64_t high,
                               std::optional<std::int64_t> fallback) {
    const auto it = request.find(key);
    if (it == request.end() && fallback) return *fallback;
    // A number beyond int64 is unsigned to the library, and wraps when it is asked for as signed.
    const bool whole = it != request.end() && it->is_number_integer() &&
                       (!it->is_number_unsigned() || it->get<std::uint64_t>() <= INT64_MAX);
    if (!whole || it->get<std::int64_t>() < low || it->get<std::int64_t>() > high)
        return fail(Errc::malformed, std::string(key) + ": expected a number from " + std::to_string(low) + " to " +
                                         std::to_string(high));
    return it->get<std::int64_t>();
}

Result<bool> flag_of(const AdminJson& request, const char* key, bool fallback) {
    const auto it = request.find(key);
    if (it == request.end()) return fallback;
    if (!it->is_boolean()) return fail(Errc::malformed, std::string(key) + ": expected true or false");
    return it->get<bool>();
}

AdminJson checks_json(const Checks& checks) {
    AdminJson list = AdminJson::array();
    for (const auto& one : checks)
        list.push_back({{"group", one.group},
                        {"what", printable(one.what, kMaxCheckText)},
                        {"state", to_string(one.state)},
                        {"found", printable(one.found, kMaxCheckText)}});
    return list;
}

std::string admin_answer(const Result<AdminJson>& answer) {
    AdminJson message = {{"version", kAdminVersion}, {"ok", answer.has_value()}};
    if (answer) {
        message.update(*answer);
    } else {
        message["error"] = {{"code", to_string(answer.error().code)}, {"message", answer.error().message}};
    }
    return message.dump(-1, ' ', false, AdminJson::error_handler_t::replace);
}

}  // namespace opencapf::process

// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/admin.hpp"

#include "ca_sim/admin_json.hpp"
#include "ca_sim/faults/fault_admin.hpp"
#include "opencapf/log/operator_log.hpp"

namespace opencapf::ca_sim {
namespace admin {

Result<std::string> text_of(const Json& request, const char* key, const char* fallback) {
    const auto it = request.find(key);
    if (it == request.end() && fallback != nullptr) return std::string(fallback);
    if (it == request.end() || !it->is_string()) return fail(Errc::malformed, std::string(key) + ": expected a string");
    return it->get<std::string>();
}

Result<std::int64_t> number_of(const Json& request, const char* key, std::int64_t low, std::int64_t high,
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

Result<bool> flag_of(const Json& request, const char* key, bool fallback) {
    const auto it = request.find(key);
    if (it == request.end()) return fallback;
    if (!it->is_boolean()) return fail(Errc::malformed, std::string(key) + ": expected true or false");
    return it->get<bool>();
}

}  // namespace admin

namespace {

Task<admin::Answer> dispatch(Admin& admin, std::string line) {
    auto request = process::parse_admin_request(line);
    if (!request) co_return fail(request.error());
    const std::string name = (*request)["command"];
    for (const auto commands : {admin::request_commands(), admin::authority_commands(), admin::override_commands()}) {
        for (const auto& command : commands) {
            if (command.name == name) co_return co_await command.run(admin, std::move(*request));
        }
    }
    if (auto answer = co_await answer_fault_command(admin.faults, std::move(*request))) co_return std::move(*answer);
    co_return fail(Errc::malformed, "command: unknown command " + name);
}

}  // namespace

Task<std::string> handle_admin(Admin& admin, std::string line) {
    admin::Answer answer = admin::Json::object();
    try {
        answer = co_await dispatch(admin, std::move(line));
    } catch (const std::exception& error) {
        log::error(std::string("admin socket: ") + error.what());
        answer = fail(Errc::internal, error.what());
    }
    co_return process::admin_answer(answer);
}

}  // namespace opencapf::ca_sim

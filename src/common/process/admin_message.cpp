// SPDX-License-Identifier: Apache-2.0
#include "opencapf/process/admin_message.hpp"

namespace opencapf::process {

Result<AdminJson> parse_admin_request(const std::string& line) {
    AdminJson request = AdminJson::parse(line, nullptr, false);
    if (!request.is_object()) return fail(Errc::malformed, "expected one JSON object per line");
    if (request.value("version", AdminJson()) != kAdminVersion)
        return fail(Errc::malformed, "version: this daemon speaks version " + std::to_string(kAdminVersion));
    const auto command = request.find("command");
    if (command == request.end() || !command->is_string()) return fail(Errc::malformed, "command: expected a string");
    return request;
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

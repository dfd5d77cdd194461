// SPDX-License-Identifier: Apache-2.0
#include "capf/admin.hpp"

#include "capf/admin_json.hpp"
#include "opencapf/log/operator_log.hpp"

namespace opencapf::capf {
namespace {

Task<admin::Answer> dispatch(Service& service, std::string line) {
    auto request = process::parse_admin_request(line);
    if (!request) co_return fail(request.error());
    const std::string name = (*request)["command"];
    for (const auto commands :
         {admin::device_commands(), admin::renewal_commands(), admin::bulk_commands(), admin::report_commands(),
          admin::profile_commands(), admin::stale_commands(), admin::issuer_commands(), admin::parameter_commands()}) {
        for (const auto& command : commands) {
            if (command.name == name) co_return co_await command.run(service, std::move(*request));
        }
    }
    co_return fail(Errc::malformed, "command: unknown command " + name);
}

}  // namespace

Task<std::string> handle_admin(Service& service, std::string line) {
    admin::Answer answer = admin::Json::object();
    try {
        answer = co_await dispatch(service, std::move(line));
    } catch (const std::exception& error) {
        log::error(std::string("admin socket: ") + error.what());
        answer = fail(Errc::internal, error.what());
    }
    co_return process::admin_answer(answer);
}

}  // namespace opencapf::capf

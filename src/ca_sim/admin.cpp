// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/admin.hpp"

#include "ca_sim/admin_json.hpp"
#include "ca_sim/faults/fault_admin.hpp"
#include "opencapf/log/operator_log.hpp"

namespace opencapf::ca_sim {
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

// SPDX-License-Identifier: Apache-2.0
#include "capf/admin.hpp"

#include "capf/admin_json.hpp"
#include "capf/self_check.hpp"
#include "capf/trial_enrolment.hpp"
#include "opencapf/log/operator_log.hpp"

namespace opencapf::capf {
namespace {

Task<admin::Answer> check(Service& service, net::Loop& loop) {
    const auto checks = co_await self_check(service, loop);
    if (!checks) co_return fail(checks.error());
    co_return admin::Json{{"checks", process::checks_json(*checks)}};
}

Task<admin::Answer> try_to_enrol(Service& service, net::Loop& loop) {
    const auto trial = co_await try_enrolment(service, loop);
    if (!trial) co_return fail(trial.error());
    co_return admin::Json{{"checks", process::checks_json(trial->checks)}, {"serial", trial->serial}};
}

Task<admin::Answer> dispatch(Service& service, net::Loop& loop, std::string line) {
    auto request = process::parse_admin_request(line);
    if (!request) co_return fail(request.error());
    const std::string name = (*request)["command"];
    if (name == "capf.check") co_return co_await check(service, loop);
    if (name == "capf.try_enrolment") co_return co_await try_to_enrol(service, loop);
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

Task<std::string> handle_admin(Service& service, net::Loop& loop, std::string line) {
    admin::Answer answer = admin::Json::object();
    try {
        answer = co_await dispatch(service, loop, std::move(line));
    } catch (const std::exception& error) {
        log::error(std::string("admin socket: ") + error.what());
        answer = fail(Errc::internal, error.what());
    }
    co_return process::admin_answer(answer);
}

}  // namespace opencapf::capf

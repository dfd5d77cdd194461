// SPDX-License-Identifier: Apache-2.0
#include "capfctl/client.hpp"

#include "capfctl/commands.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/process/admin_socket.hpp"

#include <cstdlib>
#include <iostream>
#include <map>

namespace opencapf::capfctl {

std::string socket_of(const Connection& connection, const std::string& daemon) {
    if (!connection.socket.empty()) return connection.socket;
    static const std::map<std::string, const char*> kVariables{
        {"capfd", "CAPF_ADMIN_SOCKET"}, {"cesd", "CES_ADMIN_SOCKET"}, {"ca-simd", "CA_ADMIN_SOCKET"}};
    const char* path = std::getenv(kVariables.at(daemon));
    return path != nullptr && *path != '\0' ? path : "/run/opencapf/" + daemon + "/admin.sock";
}

Result<Json> try_ask(const Connection& connection, const std::string& daemon, const Json& request,
                     std::chrono::seconds patience) {
    Json message = {{"version", 1}};
    message.update(request);
    const auto line = process::admin_request(socket_of(connection, daemon), message.dump(), patience);
    if (!line) return fail(line.error());
    Json answer = Json::parse(*line, nullptr, false);
    if (answer.is_object() && answer.value("ok", false)) return answer;
    const Json error = answer.is_object() ? answer.value("error", Json::object()) : Json::object();
    if (!error.is_object() || !error.contains("message"))
        return fail(Errc::malformed, "the daemon's answer is not understood: " + printable(*line, 200));
    return fail(Errc::rejected, error.value("message", ""));
}

Json ask(const Connection& connection, const std::string& daemon, const Json& request) {
    Json message = {{"version", 1}};
    message.update(request);
    const auto line = process::admin_request(socket_of(connection, daemon), message.dump());
    if (!line) {
        std::cerr << "capfctl: " << line.error().message << '\n';
        throw Exit{kExitUnreachable};
    }
    Json answer = Json::parse(*line, nullptr, false);
    if (answer.is_object() && answer.value("ok", false)) return answer;
    if (connection.json) std::cout << *line << '\n';
    const Json error = answer.is_object() ? answer.value("error", Json::object()) : Json::object();
    std::cerr << "capfctl: "
              << error.value("message", "the daemon's answer is not understood: " + printable(*line, 200)) << '\n';
    throw Exit{kExitRefused};
}

}  // namespace opencapf::capfctl

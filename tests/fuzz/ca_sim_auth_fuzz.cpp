// SPDX-License-Identifier: Apache-2.0
// Feeds hostile Authorization headers to one connection of ca-simd. Lines of the input are requests: "-" is one without
// the header, "@" and bytes is an NTLM token that is encoded first, "%" and bytes one for Negotiate, anything else is
// the header's value. Nobody knows the password, so nothing may ever be authenticated. Built as a libFuzzer target and
// replayed by the unit tests.
#include "ca_sim/auth/authenticator.hpp"

#include <cstdlib>

namespace {

using namespace opencapf;
using namespace opencapf::ca_sim;

[[noreturn]] void broken() { std::abort(); }

const Accounts& accounts() {
    static const Accounts all = [] {
        Accounts lab("LAB", "example.test");
        lab.add("ciscora", Secret(to_hex(random_bytes(16))));
        return lab;
    }();
    return all;
}

AuthSettings settings() {
    AuthSettings all;
    all.providers = {AuthProvider::ntlm, AuthProvider::negotiate, AuthProvider::basic};
    all.basic_realm = "lab-dc.example.test";
    all.ntlm.target = {"LAB", "example.test", "LAB-DC", "lab-dc.example.test"};
    all.ntlm.allow_v1 = true;
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const AuthSettings kSettings = settings();
    const auto random = [](std::size_t count) { return Bytes(count, 0x11); };
    Authenticator connection(accounts(), kSettings, random, [] { return WallTime(); });
    std::string_view input = as_text(ByteView(data, size));
    while (!input.empty()) {
        const auto end = input.find('\n');
        const std::string_view line = input.substr(0, end);
        input = end == std::string_view::npos ? std::string_view{} : input.substr(end + 1);
        std::optional<std::string> header;
        if (line.starts_with('@')) {
            header = "NTLM " + to_base64(as_bytes(line.substr(1)));
        } else if (line.starts_with('%')) {
            header = "Negotiate " + to_base64(as_bytes(line.substr(1)));
        } else if (line != "-") {
            header = std::string(line);
        }
        const Decision decision = connection.decide(header);
        if (decision.authenticated || decision.status != 401 || !decision.user.empty()) broken();
        if (decision.www_authenticate.empty() || decision.win32 == 0) broken();
        if (decision.handshake_leg && decision.www_authenticate.size() != 1) broken();
        for (const char c : decision.detail) {
            if (static_cast<unsigned char>(c) < 0x20) broken();
        }
    }
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/secret.hpp"
#include "opencapf/capf_protocol/phone_session.hpp"
#include "opencapf/net/loop.hpp"
#include "phone_sim/fault.hpp"
#include "phone_sim/phone_log.hpp"

namespace opencapf::phone_sim {

/// How the phone proves who it is (reference/capf-protocol.md 3.5).
enum class Auth {
    secret,  ///< modes 1 and 2: the authentication string, or the null string when there is none
    lsc,     ///< mode 3: LSC, else MIC
    mic,     ///< mode 4: MIC, else LSC
};

struct Server {
    std::string host;
    std::uint16_t port = 3804;
};

/// A phone's configuration names so many CAPF servers (1).
inline constexpr std::size_t kMaxServers = 5;

struct PhoneOptions {
    std::string name;
    capf_protocol::PhoneProfile profile = capf_protocol::kProfileV3;
    Auth auth = Auth::secret;
    std::optional<Secret> auth_string;  ///< nothing = null string
    bool sudi = false;                  ///< with a certificate: prove the MIC as secure device identity too
    std::string host;                   ///< the first server
    std::uint16_t port = 3804;
    std::vector<Server> other_servers;  ///< tried in turn when the ones before cannot be reached
    net::Duration key_delay{0};         ///< a slow phone: waits this long before it answers with its key
    net::Duration key_delay_spread{0};  ///< and up to this much longer, always the same for one name
    net::Duration timeout{60'000};      ///< for the connection, and for each frame of the server
    int attempts = 3;                   ///< rounds over all servers when communication fails
    net::Duration retry_interval{30'000};
    Fault fault = Fault::none;
    int fault_after = 0;            ///< disconnect_after, no_answer: frames sent before it happens
    net::Duration fault_delay{0};   ///< slow: before each frame
    std::shared_ptr<PhoneLog> log;  ///< shared by all phones of a fleet; null: none

    void tell(const PhoneEvent& event) const {
        if (log) log->write(name, event);
    }

    void set_fault(const FaultPlan& plan) {
        fault = plan.fault;
        fault_after = plan.after;
        fault_delay = plan.delay;
    }
};

/// All servers of a phone, in the order in which it tries them.
std::vector<Server> servers_of(const PhoneOptions& options);

/// How long this phone takes for a key: between key_delay and key_delay + key_delay_spread.
net::Duration key_delay_of(const PhoneOptions& options);

}  // namespace opencapf::phone_sim

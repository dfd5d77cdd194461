// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/certsrv/session_pool.hpp"
#include "ces/upstream/ca_states.hpp"
#include "ces/upstream/upstream.hpp"

namespace opencapf::ces {

/// The template that `work` asks `ca` for: the label's, or the CA's own.
const std::string& template_name(const UpstreamWork& work, const Ca& ca);

CaTask task_of(const UpstreamWork& work, CaPhase phase);

/// What an enrolment needs once the account is let in.
struct CertsrvWork {
    std::shared_ptr<const Ca> ca;
    std::shared_ptr<CaState> state;
    net::WorkPool* signers = nullptr;
    std::unique_ptr<CertsrvSession> session;  ///< logged in
    UpstreamWork work;
    int ra_signatures = 0;              ///< authorised signatures that the template wants
    std::shared_ptr<SessionPool> pool;  ///< takes the session when it is of use afterwards; null: it is closed
    std::string key;                    ///< of the account in `pool`
    /// The product's second connection, for the enrolment proper. Empty: `session` goes on.
    std::function<std::unique_ptr<CertsrvSession>(CaTask)> second_login;
};
std::unique_ptr<UpstreamSession> make_certsrv_session(CertsrvWork parts);

}  // namespace opencapf::ces

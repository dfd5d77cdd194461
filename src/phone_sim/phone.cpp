// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/phone.hpp"

namespace opencapf::phone_sim {

namespace {

/// Keeps what an earlier session achieved when only its end was lost.
void inherit(SessionResult& now, const std::optional<SessionResult>& achieved) {
    if (!achieved || now.outcome != Outcome::no_change) return;
    now.outcome = Outcome::done;
    now.operation = achieved->operation;
    now.changed = true;
    now.lsc = achieved->lsc;
    now.detail.clear();
}

}  // namespace

Task<PhoneResult> run_phone(SessionContext context, const PhoneOptions& options, const Memory& memory) {
    PhoneResult result;
    result.name = options.name;
    std::optional<SessionResult> achieved;
    const auto start = std::chrono::steady_clock::now();
    while (true) {
        ++result.attempts;
        result.session = co_await run_session(context, options, memory);
        inherit(result.session, achieved);
        if (result.session.outcome != Outcome::communication || result.attempts >= options.attempts) break;
        if (result.session.changed) achieved = result.session;
        const std::string text = "Communication failure: " + result.session.detail + "; trying again";
        if (context.show) context.show(text);
        co_await context.loop.sleep(options.retry_interval);
    }
    const std::chrono::duration<double, std::milli> elapsed = result.session.finished - start;
    result.latency_ms = elapsed.count();
    co_return result;
}

}  // namespace opencapf::phone_sim

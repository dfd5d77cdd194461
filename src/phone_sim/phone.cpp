// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/phone.hpp"

#include <algorithm>

namespace opencapf::phone_sim {

namespace {

// How soon a phone that waits for its next attempt notices that it shall not make one.
constexpr net::Duration kStopStep{200};

/// Keeps what an earlier session achieved when only its end was lost.
void inherit(SessionResult& now, const std::optional<SessionResult>& achieved) {
    if (!achieved || now.outcome != Outcome::no_change) return;
    now.outcome = Outcome::done;
    now.operation = achieved->operation;
    now.changed = true;
    now.lsc = achieved->lsc;
    now.detail.clear();
}

bool stopped(const SessionContext& context) { return context.stop != nullptr && *context.stop; }

/// False when there is no next attempt any more.
Task<bool> wait(SessionContext context, net::Duration interval) {
    while (interval.count() > 0 && !stopped(context)) {
        const auto step = context.stop == nullptr ? interval : std::min(interval, kStopStep);
        co_await context.loop.sleep(step);
        interval -= step;
    }
    co_return !stopped(context);
}

}  // namespace

Task<PhoneResult> run_phone(SessionContext context, const PhoneOptions& options, Memory& memory) {
    PhoneResult result;
    result.name = options.name;
    std::optional<SessionResult> achieved;
    const auto start = std::chrono::steady_clock::now();
    const auto servers = servers_of(options);
    bool again = true;
    while (again) {
        ++result.attempts;
        for (const auto& server : servers) {
            result.session = co_await run_session(context, options, server, memory);
            inherit(result.session, achieved);
            if (result.session.outcome != Outcome::communication) break;
            if (result.session.changed) achieved = result.session;
        }
        again = result.session.outcome == Outcome::communication && result.attempts < options.attempts;
        if (again) {
            const std::string text = "Communication failure: " + result.session.detail + "; trying again";
            if (context.show) context.show(text);
            again = co_await wait(context, options.retry_interval);
        }
    }
    if (achieved && !result.session.changed) {
        result.session.changed = true;
        result.session.lsc = achieved->lsc;
    }
    const std::chrono::duration<double, std::milli> elapsed = result.session.finished - start;
    result.latency_ms = elapsed.count();
    co_return result;
}

}  // namespace opencapf::phone_sim

// SPDX-License-Identifier: Apache-2.0
#include "capf/session/session.hpp"

#include "capf/session/operations.hpp"
#include "opencapf/log/operator_log.hpp"

namespace opencapf::capf {
namespace {

namespace proto = capf_protocol;

Task<Step<void>> run_operation(Conversation& c) {
    switch (c.device->operation) {
        case Operation::remove:
            co_return co_await remove(c);
        case Operation::troubleshoot:
            co_return co_await troubleshoot(c);
        case Operation::install:
        case Operation::none:  // authenticate() ended such a session
            break;
    }
    co_return co_await install(c);
}

// A disk or database that fails must not leave the phone without an answer; the operation stays armed.
Task<Step<void>> operate(Conversation& c) {
    std::string defect;
    try {
        const auto authenticated = co_await authenticate(c);
        if (!authenticated) co_return authenticated;
        c.service.metrics.took(Phase::auth, c.watch.lap());
        co_return co_await run_operation(c);
    } catch (const std::exception& error) {
        defect = error.what();
    }
    log::error("session " + std::to_string(c.protocol.session_id()) + ": " + defect);
    c.trace(event::Refused{{c.protocol.session_id(), c.phone.device}, "Internal failure: " + defect});
    co_return stop({proto::Reason::refused, std::nullopt, true, defect, Errc::internal});
}

// A phone that never confirms costs the CA a certificate each time.
bool too_many_unconfirmed(const Conversation& c) {
    return c.unconfirmed_id != 0 &&
           static_cast<std::size_t>(c.device->unconfirmed_lscs) + 1 >= c.limits().unconfirmed_lscs;
}

// What a session that failed leaves behind: the status, and an issued certificate with the reason why it is stale.
Task<> record(Conversation& c, Ending ending) {
    const std::string who = c.device ? c.device->name : c.remote().address;
    // An estate that asks whether there is something to do is no trouble.
    const bool idle = c.device && c.device->operation == Operation::none;
    idle ? log::debug(ending.why) : log::warn(who + ": " + ending.why);
    if (!c.device) co_return;
    if (!ending.result || c.superseded()) {
        if (c.unconfirmed_id != 0) co_await c.service.unconfirmed.explain(c.unconfirmed_id, ending.why);
        co_return;
    }
    Finish finish;
    finish.arm_count = c.device->arm_count;
    finish.status = status_for(c.device->operation, *ending.result);
    finish.keep_armed = ending.keep_armed && !too_many_unconfirmed(c);
    finish.unconfirmed_id = c.unconfirmed_id;
    finish.why = ending.why;
    const event::OperationEnded ended{c.device->name, c.device->operation, *ending.result, finish.status,
                                      finish.keep_armed ? c.device->operation : Operation::none};
    finish.claim = c.claim_held();
    const std::int64_t unconfirmed = finish.unconfirmed_id;
    const std::string why = finish.why;
    const bool written = co_await c.service.devices.finish(c.device->name, std::move(finish));
    if (written) {
        c.trace(ended);
    } else if (unconfirmed != 0) {
        co_await c.service.unconfirmed.explain(unconfirmed, why);
    }
}

// As record(): a database that fails is told in the log, and the phone gets its answer.
Task<> record_safely(Conversation& c, Ending ending) {
    std::string defect;
    try {
        co_await record(c, std::move(ending));
    } catch (const std::exception& error) {
        defect = error.what();
    }
    if (!defect.empty()) log::error(c.phone.device + ": the end of the operation is not recorded: " + defect);
}

proto::Reason farewell(const Conversation& c) {
    return c.device->operation == Operation::troubleshoot ? proto::Reason::no_action : proto::Reason::success;
}

}  // namespace

Task<Step<void>> succeed(Conversation& c, OperationResult result, decltype(Finish::found) found) {
    Finish finish;
    finish.arm_count = c.device->arm_count;
    finish.status = status_for(c.device->operation, result);
    finish.succeeded = true;
    finish.found = std::move(found);
    const event::OperationEnded ended{c.device->name, c.device->operation, result, finish.status, Operation::none};
    finish.claim = c.claim_held();
    const bool written = co_await c.service.devices.finish(c.device->name, std::move(finish));
    if (!written) co_return c.taken_over();
    c.trace(ended);
    co_return Step<void>{};
}

Task<> run_session(Service& service, LoopState& loop, std::unique_ptr<net::Stream> stream) {
    const auto conversation = std::make_unique<Conversation>(service, loop, std::move(stream));
    Conversation& c = *conversation;
    const Step<void> done = co_await operate(c);
    c.leave_select();
    const proto::Reason reason = done ? farewell(c) : done.error().answer;
    if (!done) co_await record_safely(c, done.error());
    co_await c.release();
    count(service.metrics, done, c.device ? &*c.device : nullptr, c.superseded());
    co_await c.end(reason);
}

}  // namespace opencapf::capf

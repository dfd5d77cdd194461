// SPDX-License-Identifier: Apache-2.0
#include "capf/session/operations.hpp"
#include "opencapf/log/operator_log.hpp"

namespace opencapf::capf {

namespace proto = capf_protocol;

Task<Step<void>> remove(Conversation& c) {
    c.trace(event::DeletionRequested{c.phone});
    auto event = co_await c.ask(c.protocol.request_delete(), c.limits().store_timeout);
    if (!event && event.error().cause == Errc::timeout)
        co_return c.fails(OperationResult::timed_out, "the phone did not answer in time");
    if (!event) co_return stop(event.error());
    // The phone deleted it the last time, and only its answer was lost.
    const bool again = c.device->status == status_for(Operation::remove, OperationResult::phone_communication);
    if (const auto* refused = std::get_if<proto::DeleteRefused>(&*event); refused != nullptr && !again)
        co_return c.fails(OperationResult::failed,
                          "the phone deleted nothing, reason " + std::to_string(static_cast<int>(refused->reason)));
    c.leave_select();
    decltype(Finish::found) found(LscDeleted{});
    const auto done = co_await succeed(c, OperationResult::success, std::move(found));
    if (!done) co_return stop(done.error());
    log::info(c.device->name + ": LSC deleted");
    co_return Step<void>{};
}

}  // namespace opencapf::capf

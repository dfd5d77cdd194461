// SPDX-License-Identifier: Apache-2.0
#include "capf/ending.hpp"

namespace opencapf::capf {
namespace {

SessionEnd end_of(const Ending& ending, const Device* device) {
    if (ending.cause == Errc::internal) return SessionEnd::internal_failure;
    if (device == nullptr)
        return ending.answer == capf_protocol::Reason::unknown_device ? SessionEnd::unknown_device
                                                                      : SessionEnd::protocol_error;
    return device->operation == Operation::none ? SessionEnd::nothing_pending : SessionEnd::certificate_pending;
}

}  // namespace

void count(const Metrics& metrics, const Step<void>& done, const Device* device, bool superseded) {
    const auto operation = device != nullptr ? device->operation : Operation::none;
    if (done) {
        metrics.ended(operation, OperationResult::success);
    } else if (superseded) {
        metrics.ended(operation, SessionEnd::superseded);
    } else if (done.error().result) {
        metrics.ended(operation, *done.error().result);
    } else {
        metrics.ended(operation, end_of(done.error(), device));
    }
}

}  // namespace opencapf::capf

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnosis/phone_call.hpp"
#include "diagnosis/timeline.hpp"

namespace opencapf::diagnosis {

/// The phone's own view of a call, in CAPF's clock: what cuts the phone's steps into network, phone, network. Without a
/// call it has nothing to say.
class PhoneParts {
public:
    explicit PhoneParts(const PhoneMatch& match);

    [[nodiscard]] bool known() const noexcept { return call_ != nullptr; }
    /// The step before CAPF's "New connection": TCP and TLS.
    [[nodiscard]] std::optional<Step> connecting(DayTime connected, const Line* line) const;
    /// The parts, of depth 1, of a step that ends with CAPF's receipt of the call's message number `message` (from 0),
    /// or without it when the phone did not send it.
    [[nodiscard]] std::vector<Step> of(const Step& step, std::size_t message) const;
    /// The step behind CAPF's sending of message number `message`, its last: until the phone has it.
    [[nodiscard]] std::optional<Step> farewell(DayTime sent, std::size_t message) const;

private:
    [[nodiscard]] const PhoneMoment* message(std::size_t number, PhoneMoment::Kind kind) const;
    [[nodiscard]] DayTime at(const PhoneMoment& moment) const { return moment.at - ahead_; }

    const PhoneCall* call_ = nullptr;
    DayTime ahead_ = 0;
    std::vector<const PhoneMoment*> messages_;
};

}  // namespace opencapf::diagnosis

// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/phone_parts.hpp"

#include <algorithm>

namespace opencapf::diagnosis {

using Kind = PhoneMoment::Kind;

PhoneParts::PhoneParts(const PhoneMatch& match) : call_(match.call), ahead_(match.offset.ahead().value_or(0)) {
    if (call_ == nullptr) return;
    for (const auto& moment : call_->moments)
        if (moment.kind == Kind::received || moment.kind == Kind::sent) messages_.push_back(&moment);
}

const PhoneMoment* PhoneParts::message(std::size_t number, Kind kind) const {
    return number < messages_.size() && messages_[number]->kind == kind ? messages_[number] : nullptr;
}

std::optional<Step> PhoneParts::connecting(DayTime connected, const Line* line) const {
    if (call_ == nullptr || call_->moments.front().kind != Kind::connecting) return std::nullopt;
    const DayTime taken = std::max<DayTime>(0, signed_since(at(call_->moments.front()), connected));
    return Step{Actor::network, "TCP and TLS to CAPF", since(taken, connected), taken, 0, false, line};
}

std::vector<Step> PhoneParts::of(const Step& step, std::size_t number) const {
    std::vector<Step> parts;
    const auto* received = number == 0 ? nullptr : message(number - 1, Kind::received);
    const auto* sent = message(number, Kind::sent);
    if (received == nullptr && sent == nullptr) return parts;
    DayTime done = 0;
    const auto add = [&](Actor actor, std::string what, DayTime until, const Line* line) {
        parts.push_back({actor, std::move(what), since(0, step.begin + done), until - done, 1, false, line});
        done = until;
    };
    const auto within = [&](const PhoneMoment& moment) {
        return std::clamp(signed_since(step.begin, at(moment)), done, step.duration);
    };
    if (received != nullptr) add(Actor::network, "on its way to the phone", within(*received), received->line);
    if (sent == nullptr) {
        add(Actor::phone, step.what, step.duration, step.line);
    } else {
        add(Actor::phone, step.what, within(*sent), sent->line);
        add(Actor::network, "on its way to CAPF", step.duration, step.line);
    }
    return parts;
}

std::optional<Step> PhoneParts::farewell(DayTime sent, std::size_t number) const {
    const auto* received = message(number, Kind::received);
    if (received == nullptr) return std::nullopt;
    const DayTime taken = std::max<DayTime>(0, signed_since(sent, at(*received)));
    return Step{Actor::network, "END_SESSION on its way to the phone", sent, taken, 0, false, received->line};
}

}  // namespace opencapf::diagnosis

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnosis/clock_offset.hpp"
#include "diagnosis/log_set.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace opencapf::diagnosis {

/// A line of phone-sim's log within one call. Times are the phone's clock.
struct PhoneMoment {
    enum class Kind { connecting, connected, received, sent, other } kind = Kind::other;
    DayTime at = 0;
    std::string_view message;  ///< "CAPF_MSG_AUTH_REQ" with received and sent; lives as long as the LogSet
    const Line* line = nullptr;
};

/// One attempt of a phone to reach CAPF, as it tells it itself: begins with "connecting to".
struct PhoneCall {
    std::vector<PhoneMoment> moments;
};
/// Those of `device`, oldest first.
std::vector<PhoneCall> read_phone_calls(const LogSet& logs, std::string_view device);

/// The same call as CAPF's trace has it. Times are CAPF's clock.
struct CapfCall {
    struct Message {
        DayTime at = 0;
        std::string_view name;   ///< "CAPF_MSG_AUTH_REQ"
        bool from_capf = false;  ///< CAPF sent it
        bool sure = true;        ///< the line is of this call and no other; else its time proves nothing
    };
    std::optional<DayTime> connected;  ///< "New connection from", when it is sure
    std::vector<Message> messages;
};
/// Who sends this message?
bool is_from_capf(std::string_view message);

/// What the two clocks must be like if `phone` is the other side of `capf`; nothing when it is not: the messages
/// differ.
std::optional<ClockOffset> offset_between(const CapfCall& capf, const PhoneCall& phone);

/// Which of the phone's calls each of CAPF's is, and what that makes of the phone's clock.
struct PhoneMatch {
    const PhoneCall* call = nullptr;  ///< null: none, or only such as contradict CAPF's trace
    ClockOffset offset;
};
/// As long as `capf`. A clock's offset lasts, so of several calls that might be the one, that counts whose offset fits
/// the most other calls too; then the one nearest to a whole time zone.
std::vector<PhoneMatch> match_calls(const std::vector<CapfCall>& capf, const std::vector<PhoneCall>& phone);

}  // namespace opencapf::diagnosis

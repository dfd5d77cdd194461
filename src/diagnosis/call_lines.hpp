// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnosis/device_episode.hpp"
#include "diagnosis/phone_call.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace opencapf::diagnosis {

/// What CAPF's trace has of all calls: which line tells of which, and which enrolments ran at the same time.
class TraceIndex {
public:
    /// `episodes`: all of the trace, read_episodes(). Both must outlive the index.
    TraceIndex(const std::vector<Line>& trace, const std::vector<Episode>& episodes);

    [[nodiscard]] const std::vector<Line>& trace() const noexcept { return trace_; }
    [[nodiscard]] std::size_t index_of(const Line* line) const {
        return static_cast<std::size_t>(line - trace_.data());
    }
    /// Does the line name a phone whose call is another one than this?
    [[nodiscard]] bool is_of_another(std::size_t line, const Episode& episode) const {
        return owner_[line] != 0 && &episodes_[owner_[line] - 1] != &episode;
    }
    /// The "New connection" that got the session's number, before line `before`: CAPF counts them from its start. Null
    /// when the trace has not got its start.
    [[nodiscard]] const Line* connection_of(const Episode& episode, std::size_t before) const;
    /// The END_SESSION of the call, or null. Calls end in the order of their last words: each has the first one behind
    /// these that is not another's.
    [[nodiscard]] const Line* end_of(const Episode& episode) const;
    /// Other enrolments that may have asked the CA in the same seconds as this one.
    [[nodiscard]] std::size_t enrolments_beside(const Episode& episode) const;
    /// A hundred enrolments or so, spread over the trace.
    [[nodiscard]] std::vector<const Episode*> sample_of_enrolments() const;

private:
    struct Connection {
        std::size_t line = 0;
        std::string number;
    };
    void find_ends();

    const std::vector<Line>& trace_;
    const std::vector<Episode>& episodes_;
    std::vector<const Line*> ends_;     // of each episode
    std::vector<std::uint32_t> owner_;  // 0: nobody's, else 1 + index of the episode
    std::vector<Connection> connections_;
};

/// The lines of one call, from "New connection" (or the first line that names the phone) to END_SESSION (or the last
/// such line). "MsgType" lines name no phone: where the calls of several phones are mixed, those are taken that go with
/// the lines which do.
class CallLines {
public:
    CallLines(const TraceIndex& index, const Episode& episode);

    [[nodiscard]] const std::vector<const Line*>& lines() const noexcept { return lines_; }
    /// "New connection from", or null.
    [[nodiscard]] const Line* connection() const;
    [[nodiscard]] bool ends_with_end_session() const;
    [[nodiscard]] CapfCall messages() const;
    /// Where lines could only be guessed, takes the nearest that the phone's own times do not speak against. `ahead`:
    /// of the phone's clock, milliseconds.
    void fit(const PhoneCall& phone, DayTime ahead);
    /// "CAPF_MSG_...", or nothing.
    static std::string_view message_of(std::string_view text);

private:
    void take_all(std::size_t begin, std::size_t end);
    void take_own(std::size_t begin);
    void settle();
    [[nodiscard]] bool is_sure(const Line* line) const;
    [[nodiscard]] const Line* fitting(const Line* guess, const PhoneMoment& moment, DayTime ahead) const;

    const TraceIndex& index_;
    const Episode& episode_;
    std::vector<const Line*> lines_;
    std::vector<const Line*> guessed_;
};

}  // namespace opencapf::diagnosis

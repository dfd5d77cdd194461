// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnosis/device_episode.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace opencapf::diagnosis {

/// Finds by time of day, so that a roll-out of many thousand phones is not read once for each of them.
class TimeIndex {
public:
    void add(DayTime time, std::size_t index) {
        entries_.emplace_back(time, index);
        sorted_ = false;
    }
    /// Indexes of what happened at `from` or in the `length` milliseconds after it, over midnight too; ascending.
    [[nodiscard]] std::vector<std::size_t> within(DayTime from, DayTime length) {
        if (!sorted_) std::sort(entries_.begin(), entries_.end());
        sorted_ = true;
        const DayTime begin = (from % kDay + kDay) % kDay;
        std::vector<std::size_t> found;
        collect(begin, begin + length, found);
        collect(begin - kDay, begin + length - kDay, found);  // the part behind midnight
        std::sort(found.begin(), found.end());
        return found;
    }

private:
    void collect(DayTime from, DayTime to, std::vector<std::size_t>& found) const {
        auto at = std::lower_bound(entries_.begin(), entries_.end(), std::pair<DayTime, std::size_t>(from, 0));
        for (; at != entries_.end() && at->first <= to; ++at) found.push_back(at->second);
    }

    std::vector<std::pair<DayTime, std::size_t>> entries_;
    bool sorted_ = true;
};

}  // namespace opencapf::diagnosis

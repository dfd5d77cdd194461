// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/device_episode.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace opencapf::diagnosis {
namespace {

/// The text between `before` and `after`, if both are there.
std::optional<std::string_view> between(std::string_view text, std::string_view before, std::string_view after) {
    const auto begin = text.find(before);
    if (begin == std::string_view::npos) return std::nullopt;
    text.remove_prefix(begin + before.size());
    const auto end = text.find(after);
    if (end == std::string_view::npos) return std::nullopt;
    return text.substr(0, end);
}

std::optional<int> number_in(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end == text.data()) return std::nullopt;
    return value;
}

struct PhoneText {
    std::string session, device;
    std::string_view text;
};

/// What stands behind the bar, without the blanks that the product puts there and web pages drop.
std::string_view body_of(std::string_view line) {
    const auto bar = line.find('|');
    if (bar == std::string_view::npos) return {};
    line.remove_prefix(bar + 1);
    return line.substr(std::min(line.find_first_not_of(' '), line.size()));
}

/// "12:SEP001122334455:text" after "debug "; the device may be missing when the phone has not told it.
std::optional<PhoneText> phone_text_of(std::string_view body) {
    if (!body.starts_with("debug ")) return std::nullopt;
    body.remove_prefix(6);
    const auto first = body.find(':');
    if (first == std::string_view::npos || first == 0 || !number_in(body.substr(0, first))) return std::nullopt;
    const auto second = body.find(':', first + 1);
    if (second == std::string_view::npos || body.substr(first, second - first).find(' ') != std::string_view::npos)
        return std::nullopt;
    return PhoneText{std::string(body.substr(0, first)), std::string(body.substr(first + 1, second - first - 1)),
                     body.substr(second + 1)};
}

class Reader {
public:
    void line(const Line& line) {
        const auto time = day_time_of_capf(line.text);
        if (!time) return;
        const std::string_view text = line.text;
        if (text.find("CServiceParameters::Init()") != std::string_view::npos) current_.clear();  // CAPF was restarted
        const auto body = body_of(text);
        if (const auto phone = phone_text_of(body)) return add_phone_line(*phone, line, *time);
        if (const auto device = body.starts_with("Select(") ? between(body, "Select(", ")") : std::nullopt) {
            if (auto* episode = running(std::string(*device))) add(*episode, line, *time);
            return;
        }
        constexpr std::string_view kStatus = "=>DbStatus=";
        if (const auto at = text.find(kStatus); at != std::string_view::npos) {
            status_ = std::string(text.substr(at + kStatus.size()));
            status_line_ = &line;
        } else if (const auto result =
                       body.starts_with("SetOperationStatus(") ? between(body, "(", ")") : std::nullopt) {
            const auto colon = result->find(':');
            result_ = std::string(colon == std::string_view::npos ? *result : result->substr(colon + 1));
            result_line_ = &line;
            // The only line of the block that names the phone is its last one.
            if (const auto device = between(text, "my_lower(name)=my_lower('", "'"))
                outcome(std::string(*device), *time);
        }
    }
    std::vector<Episode> take() { return std::move(episodes_); }

private:
    void add(Episode& episode, const Line& line, DayTime time) {
        episode.lines.push_back(&line);
        episode.end = time;
    }
    Episode* running(const std::string& device) {
        const auto found = current_.find(to_lower(device));
        return found == current_.end() ? nullptr : &episodes_[found->second.index];
    }
    Episode& begin(const std::string& session, const std::string& device, DayTime time) {
        Episode episode;
        episode.device = device;
        episode.session = session;
        episode.begin = episode.end = time;
        episodes_.push_back(std::move(episode));
        current_[to_lower(device)] = {session, episodes_.size() - 1};
        return episodes_.back();
    }
    void add_phone_line(const PhoneText& phone, const Line& line, DayTime time) {
        auto* episode = running(phone.device);
        if (episode == nullptr || current_[to_lower(phone.device)].session != phone.session) {
            episode = &begin(phone.session, phone.device, time);
        }
        add(*episode, line, time);
        if (phone.text.starts_with("Calling enrollCertUsingEST()")) episode->asked = time;
        if (const auto rv = between(phone.text, "Enrollment rv = ", " ")) {
            episode->rv = number_in(*rv);
            episode->told = time;
        }
    }
    void outcome(const std::string& device, DayTime time) {
        auto* episode = running(device);
        if (episode == nullptr) episode = &begin({}, device, time);
        if (status_line_ != nullptr) add(*episode, *status_line_, time);
        if (result_line_ != nullptr) add(*episode, *result_line_, time);
        episode->status = std::exchange(status_, {});
        episode->result = std::exchange(result_, {});
        status_line_ = result_line_ = nullptr;
    }

    struct Current {
        std::string session;
        std::size_t index = 0;
    };
    std::vector<Episode> episodes_;
    std::map<std::string, Current> current_;
    std::string status_, result_;
    const Line* status_line_ = nullptr;
    const Line* result_line_ = nullptr;
};

}  // namespace

std::optional<DayTime> day_time_of_capf(std::string_view line) {
    if (line.size() < 14 || line[2] != ':' || line[5] != ':' || line[8] != '.') return std::nullopt;
    const auto hours = number_in(line.substr(0, 2)), minutes = number_in(line.substr(3, 2)),
               seconds = number_in(line.substr(6, 2)), millis = number_in(line.substr(9, 3));
    if (!hours || !minutes || !seconds || !millis) return std::nullopt;
    return ((*hours * 60LL + *minutes) * 60 + *seconds) * 1000 + *millis;
}

const Line* Episode::find(std::string_view text) const {
    const auto found = std::find_if(lines.rbegin(), lines.rend(),
                                    [&](const Line* line) { return line->text.find(text) != std::string::npos; });
    return found == lines.rend() ? nullptr : *found;
}

std::vector<Episode> read_episodes(const LogSet& logs) {
    Reader reader;
    for (const auto& line : logs.lines(Log::capf)) reader.line(line);
    return reader.take();
}

std::vector<Episode> last_of_each(std::vector<Episode> episodes, std::string_view device) {
    std::map<std::string, std::size_t> last;
    for (std::size_t i = 0; i < episodes.size(); ++i)
        if (device.empty() || iequals(episodes[i].device, device)) last[to_lower(episodes[i].device)] = i;
    std::vector<std::size_t> indexes;
    indexes.reserve(last.size());
    for (const auto& [name, index] : last) indexes.push_back(index);
    std::sort(indexes.begin(), indexes.end());
    std::vector<Episode> kept;
    kept.reserve(indexes.size());
    for (const auto index : indexes) kept.push_back(std::move(episodes[index]));
    return kept;
}

}  // namespace opencapf::diagnosis

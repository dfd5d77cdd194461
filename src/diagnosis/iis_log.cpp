// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/iis_log.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace opencapf::diagnosis {
namespace {

constexpr std::string_view kDefaultFields =
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status "
    "sc-substatus sc-win32-status time-taken";

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const auto end = text.find(' ');
        if (end != 0) words.push_back(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    return words;
}

/// A line with the names of its fields.
class Record {
public:
    Record(std::string_view fields, std::string_view line) : names_(words_of(fields)), values_(words_of(line)) {}

    [[nodiscard]] std::optional<std::string_view> text(std::string_view name) const {
        const auto found = std::find(names_.begin(), names_.end(), name);
        const auto index = static_cast<std::size_t>(found - names_.begin());
        return found == names_.end() || index >= values_.size() ? std::nullopt : std::optional(values_[index]);
    }
    template <typename Number>
    [[nodiscard]] std::optional<Number> number(std::string_view name) const {
        const auto value = text(name);
        Number parsed = 0;
        if (!value || std::from_chars(value->data(), value->data() + value->size(), parsed).ec != std::errc())
            return std::nullopt;
        return parsed;
    }

private:
    std::vector<std::string_view> names_, values_;
};

std::optional<IisRequest> request_of(const Line& line, std::string_view fields) {
    const Record record(fields.empty() ? kDefaultFields : fields, line.text);
    const auto time = record.text("time");
    const auto second = time ? day_time_of_capf(std::string(*time) + ".000 |") : std::nullopt;
    const auto method = record.text("cs-method"), stem = record.text("cs-uri-stem");
    const auto status = record.number<int>("sc-status");
    if (!second || !method || !stem || !status || !to_lower(*stem).starts_with("/certsrv")) return std::nullopt;
    IisRequest request;
    request.line = &line;
    request.second = *second;
    request.date = record.text("date").value_or(std::string_view());
    request.method = *method;
    request.stem = *stem;
    request.query = record.text("cs-uri-query").value_or("-");
    request.user = record.text("cs-username").value_or("-");
    request.status = *status;
    request.substatus = record.number<int>("sc-substatus").value_or(0);
    request.win32 = record.number<std::uint32_t>("sc-win32-status").value_or(0);
    request.taken = record.number<DayTime>("time-taken").value_or(0);
    return request;
}

}  // namespace

std::vector<IisRequest> read_iis_requests(const LogSet& logs) {
    std::vector<IisRequest> requests;
    for (const auto& line : logs.lines(Log::iis))
        if (const auto request = request_of(line, logs.iis_fields(line))) requests.push_back(*request);
    return requests;
}

}  // namespace opencapf::diagnosis

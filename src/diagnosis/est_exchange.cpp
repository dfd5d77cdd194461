// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/est_exchange.hpp"

#include <algorithm>
#include <charconv>

namespace opencapf::diagnosis {
namespace {

/// What follows `mark`, or nothing.
std::optional<std::string_view> after(std::string_view text, std::string_view mark) {
    const auto at = text.find(mark);
    return at == std::string_view::npos ? std::nullopt : std::optional(text.substr(at + mark.size()));
}

int leading_number(std::string_view text) {
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// Time of day of a line that NGINX dated.
std::optional<DayTime> day_time_of_nginx(std::string_view line) {
    if (line.size() < 20 || line[4] != '/' || line[7] != '/' || line[10] != ' ') return std::nullopt;
    const auto clock = std::string(line.substr(11, 8)) + ".000 |";
    return day_time_of_capf(clock);
}

/// NGINX' "*2", or nothing.
std::string_view connection_of(std::string_view line) {
    const auto star = after(line, "#0: *");
    return star ? star->substr(0, star->find(' ')) : std::string_view();
}

/// Lines that quote what a client sent: its words are no findings of CES.
bool quotes_client(std::string_view text) { return contains(text, "[log_access:") || contains(text, "[log_header:"); }

std::optional<CaFailure> failure_of(const Line& line) {
    if (quotes_client(line.text)) return std::nullopt;
    const auto code = after(line.text, " failed with return code ");
    if (!code || !contains(line.text, "Curl ")) return std::nullopt;
    CaFailure failure;
    failure.code = leading_number(*code);
    if (const auto open = code->find('('); open != std::string_view::npos) {
        std::string_view text = code->substr(open + 1);
        text = text.substr(0, text.find(" while SSL EST handshaking"));
        if (text.ends_with(')')) text.remove_suffix(1);
        failure.text = text;
    }
    std::string_view before = line.text;
    before = before.substr(0, before.find(": Curl "));
    failure.function = before.substr(before.rfind(' ') + 1);
    failure.lines = {&line};
    return failure;
}

/// The lines that go with a failure: which URL, and what libcurl said in its own words.
bool completes(CaFailure& failure, const Line& line) {
    if (const auto url = after(line.text, "URL used: ")) {
        failure.url = url->substr(0, url->find(' '));
    } else if (const auto said = after(line.text, "libcurl said: ")) {
        failure.libcurl = said->substr(0, said->find(" while SSL EST handshaking"));
    } else {
        return false;
    }
    failure.lines.push_back(&line);
    return true;
}

CesStart last_start(const std::vector<Line>& lines) {
    CesStart start;
    for (const auto& line : lines) {
        if (contains(line.text, "CA Chain requested but this value has not yet been set")) start = {};
        // Of a client, not of the start.
        if (!connection_of(line.text).empty() || quotes_client(line.text)) continue;
        if (contains(line.text, "CA Cert chain retrieved from CA")) {
            start = {};
            start.has_chain = true;
        } else if (auto failure = failure_of(line)) {
            start.has_chain = false;
            start.failure = std::move(failure);
            start.lines.clear();
        } else if (start.failure && completes(*start.failure, line)) {
        } else if (contains(line.text, "Unable to retrieve CA Cert chain from CA") ||
                   contains(line.text, "Unable to execute login to certsrv with curl")) {
            start.has_chain = false;
            start.lines.push_back(&line);
        } else {
            continue;
        }
        start.seen = true;
    }
    return start;
}

class Reader {
public:
    void line(const Line& line) {
        const std::string_view text = line.text;
        if (quotes_client(text)) return;
        const auto number = connection_of(text);
        const bool libest = text.starts_with("***EST [");
        if (!number.empty() && number != number_) next(std::string(number));
        if (contains(text, "est_enroll_auth:") && contains(text, "TLS: ")) next(number_);
        if (number.empty() && !libest && !in_error_) return;
        current_.lines.push_back(&line);
        if (const auto time = day_time_of_nginx(text)) {
            if (!current_.begin) current_.date = std::string(text.substr(0, 10));
            if (!current_.begin) current_.begin = time;
            current_.end = time;
        }
        read(text, line);
    }
    std::vector<EstExchange> take() {
        next({});
        return std::move(done_);
    }

private:
    void read(std::string_view text, const Line& line) {
        if (in_error_ && !text.starts_with("***EST")) {
            if (text == "]") {
                in_error_ = false;
            } else if (current_.sentence.empty()) {
                current_.sentence = text;
            }
            return;
        }
        in_error_ = false;
        if (contains(text, "HTTP auth headers missing")) anonymous_ = true;
        if (contains(text, "login_to_certsrv_ca: Secure connection")) current_.logged_in = true;
        if (contains(text, "Secure connection") && contains(text, "/certrqxt.asp")) current_.request_page = true;
        if (contains(text, "Secure connection") && contains(text, "/certfnsh.asp")) current_.submitted = true;
        if (auto failure = failure_of(line)) {
            current_.failure = std::move(failure);
        } else if (current_.failure) {
            completes(*current_.failure, line);
        }
        if (const auto rc = after(text, "Enrollment failed with rc=")) current_.rc = leading_number(*rc);
        if (const auto rc = after(text, "EST error response code: ")) current_.rc = leading_number(*rc);
        if (const auto error = after(text, "mg_send_http_error:")) {
            if (const auto status = after(*error, "[Error ")) current_.status = leading_number(*status);
            in_error_ = true;
            // Copied from a document, reason, sentence and bracket stand in one line.
            if (contains(text, "]") && text.rfind(']') > text.find("[Error ")) {
                current_.sentence = text.substr(text.find("[Error "));
                in_error_ = false;
            }
        }
    }
    void next(std::string number) {
        const bool tells = current_.rc != 0 || current_.failure || current_.logged_in;
        current_.connection = number_;
        if (tells && !anonymous_) done_.push_back(std::move(current_));
        current_ = {};
        anonymous_ = in_error_ = false;
        number_ = std::move(number);
    }

    EstExchange current_;
    std::string number_;
    bool anonymous_ = false;
    bool in_error_ = false;
    std::vector<EstExchange> done_;
};

}  // namespace

CesStart read_ces_start(const LogSet& logs) {
    const auto& lines = logs.lines(Log::error_log);
    auto told = last_start(lines);
    auto first = last_start(logs.lines(Log::ciscora));
    if (!told.seen) return first;
    if (!told.has_chain || !first.failure) return told;
    const bool known = std::any_of(lines.begin(), lines.end(), [&](const Line& line) {
        const auto failure = failure_of(line);
        return failure && failure->function == first.failure->function && failure->code == first.failure->code;
    });
    if (known) return told;  // it failed, and later it did not
    first.doubtful = true;
    return first;
}

std::vector<EstExchange> read_exchanges(const LogSet& logs) {
    Reader reader;
    for (const auto& line : logs.lines(Log::error_log)) reader.line(line);
    return reader.take();
}

}  // namespace opencapf::diagnosis

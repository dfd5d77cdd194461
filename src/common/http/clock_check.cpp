// SPDX-License-Identifier: Apache-2.0
#include "opencapf/http/clock_check.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/http/message.hpp"

#include <array>
#include <cstdlib>

namespace opencapf::http {
namespace {

constexpr const char* kStep = "clock";
constexpr std::size_t kMaxHead = 16 * 1024;
constexpr std::chrono::milliseconds kTolerance{5 * 60 * 1000};  // Kerberos' own limit
constexpr net::Duration kGoodbye{500};
using Clock = std::chrono::steady_clock;

struct Heard {
    std::string head;
    WallTime middle;                   ///< our time when the server made its answer, as far as can be known
    std::chrono::milliseconds half{};  ///< of the round trip
};

Task<Result<Heard>> hear(net::Stream& stream, std::string request, net::EndpointQuestion question) {
    const auto deadline = Clock::now() + question.timeout;
    const auto written = co_await stream.write(as_bytes(request), question.timeout);
    if (!written) co_return fail(written.error());
    const auto sent = Clock::now();
    Heard heard;
    std::array<std::uint8_t, 4096> buffer{};
    while (heard.head.find("\r\n\r\n") == std::string::npos && heard.head.size() < kMaxHead) {
        const auto left = std::chrono::duration_cast<net::Duration>(deadline - Clock::now());
        if (left.count() <= 0) co_return fail(Errc::timeout, "no answer in time");
        const auto count = co_await stream.read_some(buffer, left);
        if (!count) co_return fail(count.error());
        if (heard.head.empty()) {
            heard.half = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - sent) / 2;
            heard.middle = question.clock() - heard.half;
        }
        heard.head += as_text(ByteView(buffer).first(*count));
    }
    co_return heard;
}

std::string date_of(const std::string& head) {
    for (const auto& line : split(head.substr(0, head.find("\r\n\r\n")), '\n')) {
        const auto colon = line.find(':');
        if (colon != std::string::npos && iequals(line.substr(0, colon), "Date"))
            return std::string(trim(std::string_view(line).substr(colon + 1)));
    }
    return {};
}

std::string distance_text(std::chrono::milliseconds distance) {
    const auto seconds = (std::abs(distance.count()) + 500) / 1000;
    if (seconds == 0) return "the same time as ours";
    std::string text = std::to_string(seconds) + " s";
    if (seconds >= 120)
        text += " (" + std::to_string(seconds / 3600) + " h " + std::to_string(seconds % 3600 / 60) + " min)";
    return text + (distance.count() > 0 ? " ahead of ours" : " behind ours");
}

Check judge(const Heard& heard, bool genuine) {
    const std::string text = date_of(heard.head);
    if (text.empty()) return unknown(kStep, "the server's answer has no Date header: its time is not known");
    const auto date = parse_date(text);
    constexpr std::time_t kCenturies = 200LL * 366 * 24 * 3600;  // beyond, nanoseconds overflow
    if (!date || *date < 0 || *date > kCenturies)
        return unknown(kStep, "the Date header cannot be read: " + printable(text, 100));
    // The header leaves out the part of the second.
    const auto theirs = std::chrono::system_clock::from_time_t(*date) + std::chrono::milliseconds(500);
    auto distance = std::chrono::duration_cast<std::chrono::milliseconds>(theirs - heard.middle);
    const auto doubt = heard.half + std::chrono::milliseconds(500);
    if (std::chrono::abs(distance) <= doubt) distance = std::chrono::milliseconds(0);
    const std::string found = "the server's clock: " + distance_text(distance) + " (within " +
                              std::to_string((doubt.count() + 999) / 1000) + " s)";
    if (std::chrono::abs(distance) <= kTolerance) return good(kStep, found);
    if (!genuine) return unknown(kStep, found + ", says a server that is not known to be the right one");
    return bad(kStep,
               found + ": more than five minutes break Kerberos, and certificates seem expired or not valid yet");
}

}  // namespace

Task<Check> check_clock(net::EndpointQuestion question, net::EndpointAnswer& endpoint, std::string path) {
    if (!endpoint.stream) co_return unknown(kStep, "not tried: there is no TLS connection");
    const bool genuine = endpoint.genuine;
    const auto stream = std::move(endpoint.stream);
    std::string request = "GET " + path + " HTTP/1.1\r\nHost: " + question.host + ":" + std::to_string(question.port) +
                          "\r\nUser-Agent: opencapf-check\r\nAccept: */*\r\nConnection: close\r\n\r\n";
    const auto heard = co_await hear(*stream, std::move(request), std::move(question));
    co_await stream->close(kGoodbye);
    if (!heard) co_return unknown(kStep, "no HTTP answer: " + printable(heard.error().message, 200));
    co_return judge(*heard, genuine);
}

}  // namespace opencapf::http

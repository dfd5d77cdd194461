// SPDX-License-Identifier: Apache-2.0
#include "opencapf/http/server.hpp"

#include "opencapf/base/clock.hpp"
#include "opencapf/base/text.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <openssl/crypto.h>
#include <optional>

namespace opencapf::http {
namespace {

namespace beast = boost::beast;
using Parser = beast::http::request_parser<beast::http::string_body>;
using Clock = std::chrono::steady_clock;

constexpr net::Duration kCloseTimeout{2'000};
constexpr net::Duration kDrainingPause{1'000};
constexpr net::Duration kHoldStep{200};  // how soon a held answer notices a drain

/// How reading one request ended when it gave no request.
struct ReadEnd {
    std::optional<Error> reject;  // answer it and close; empty: just close
    bool clean = false;
};

unsigned status_for(const Error& error) {
    switch (error.code) {
        case Errc::timeout:
            return 408;
        case Errc::too_large:
            return error.message.find("head") != std::string::npos ? 431 : 413;
        case Errc::protocol:
            return 505;
        default:
            return 400;
    }
}

Error parse_error(const boost::system::error_code& ec) {
    using beast::http::error;
    if (ec == error::header_limit) return {Errc::too_large, "the request head is too large"};
    if (ec == error::body_limit) return {Errc::too_large, "the request body is too large"};
    if (ec == error::bad_version) return {Errc::protocol, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
    return {Errc::malformed, "not an HTTP request: " + ec.message()};
}

bool has_token(std::string_view list, std::string_view token) {
    for (const auto& part : split(list, ','))
        if (iequals(trim(part), token)) return true;
    return false;
}

/// The path of a target in origin form, or of one in absolute form, which a server must take too (RFC 9112 section
/// 3.2.2).
std::string origin_path(std::string target) {
    if (target.starts_with('/')) return target;
    const auto scheme = target.find("://");
    if (scheme == std::string::npos) return target;
    const auto slash = target.find('/', scheme + 3);
    return slash == std::string::npos ? "/" : target.substr(slash);
}

/// The fields of the head. What stands in a chunked body's trailer is asked for later and is no header (RFC 9110
/// section 6.5.1): nobody expects a password there.
Headers headers_of(const Parser& parser) {
    Headers headers;
    for (const auto& field : parser.get()) headers.add(std::string(field.name_string()), std::string(field.value()));
    return headers;
}

Request to_request(Parser& parser, Headers headers) {
    auto message = parser.release();
    Request request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    const auto question = request.target.find('?');
    request.path = origin_path(request.target.substr(0, question));
    if (question != std::string::npos) request.query = request.target.substr(question + 1);
    request.version = static_cast<int>(message.version());
    request.headers = std::move(headers);
    request.body = std::move(message.body());
    return request;
}

/// Fields that may stand in a request once: two of them could mean one thing to us and another to whoever else reads it
/// (RFC 9110 section 5.3, RFC 9112 sections 3.2 and 6.3). Beast sees to Content-Length and Transfer-Encoding.
std::optional<Error> ambiguity(const Request& request) {
    for (const char* name : {"Host", "Authorization", "Content-Type", "Content-Length", "Transfer-Encoding"})
        if (request.headers.count(name) > 1)
            return Error{Errc::malformed, "the header " + std::string(name) + " stands in the request twice"};
    if (request.version == 11 && !request.headers.has("Host"))
        return Error{Errc::malformed, "the header Host is missing"};
    return std::nullopt;
}

std::string serialize(const Response& response, bool keep_alive, bool head_only, int version) {
    std::string reason = response.reason;
    if (reason.empty())
        reason = std::string(beast::http::obsolete_reason(static_cast<beast::http::status>(response.status)));
    std::string text = "HTTP/1.1 " + std::to_string(response.status) + ' ' + reason + "\r\n";
    for (const auto& [name, value] : response.headers.fields()) text += name + ": " + value + "\r\n";
    // RFC 9110 section 6.6.1: whoever has a clock tells its time.
    if (!response.headers.has("Date"))
        text += "Date: " + format_utc(std::chrono::system_clock::now(), "%a, %d %b %Y %H:%M:%S GMT") + "\r\n";
    if (response.status != 204) text += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
    if (!keep_alive) text += "Connection: close\r\n";
    if (keep_alive && version == 10) text += "Connection: keep-alive\r\n";
    text += "\r\n";
    if (!head_only && response.status != 204) text += response.body;
    return text;
}

class Session {
public:
    Session(std::unique_ptr<net::Stream> stream, const ServerLimits& limits, std::unique_ptr<Connection> connection,
            std::function<bool()> draining)
        : stream_(std::move(stream)),
          limits_(limits),
          connection_(std::move(connection)),
          draining_(std::move(draining)) {}

    Task<> run() {
        for (std::size_t count = 1;; ++count) {
            ReadEnd end;
            std::optional<Request> request = co_await read_request(end);
            if (!request) {
                if (end.reject) co_await reject(*end.reject);
                const bool closed = co_await stream_->close(kCloseTimeout);
                connection_->closed(end.clean && closed);
                co_return;
            }
            const After after = co_await answer(*request, count < limits_.max_requests_per_connection);
            if (after == After::keep_alive) continue;
            if (after == After::reset) {
                stream_->reset();
                connection_->closed(false);
                co_return;
            }
            const bool closed = co_await stream_->close(kCloseTimeout);
            connection_->closed(closed);
            co_return;
        }
    }

private:
    enum class After { keep_alive, close, reset };

    Task<std::optional<Request>> read_request(ReadEnd& end) {
        // libEST's client sends a CRLF too many after every request; RFC 9112 section 2.2 says to skip it.
        Parser parser;
        std::optional<Headers> head;
        parser.header_limit(static_cast<std::uint32_t>(limits_.max_head_bytes));
        parser.body_limit(limits_.max_body_bytes);
        auto deadline = Clock::now() + limits_.idle_timeout;
        bool started = false, in_body = false;
        received_ = 0;
        for (;;) {
            if (!started) input_.erase(0, std::min(input_.find_first_not_of("\r\n"), input_.size()));
            if (!started && !input_.empty()) {
                started = true;
                deadline = Clock::now() + limits_.head_timeout;
            }
            if (!input_.empty()) {
                boost::system::error_code ec;
                const auto used = parser.put(boost::asio::buffer(input_), ec);
                input_.erase(0, used);
                received_ += used;
                if (ec && ec != beast::http::error::need_more) {
                    end.reject = parse_error(ec);
                    co_return std::nullopt;
                }
                if (parser.is_header_done() && !head) {
                    head = headers_of(parser);
                    parser.eager(true);  // from here on whatever is there, trailers included
                    if (!parser.is_done() && !input_.empty()) continue;
                }
                if (parser.is_done()) {
                    Request request = to_request(parser, std::move(*head));
                    end.reject = ambiguity(request);
                    if (end.reject) co_return std::nullopt;
                    co_return request;
                }
                // What the parser leaves is an unfinished line: of the head, of a chunk's size, or of a trailer.
                if (input_.size() > limits_.max_head_bytes) {
                    end.reject =
                        Error{Errc::too_large, parser.is_header_done() ? "a line of the request body is too large"
                                                                       : "the request head is too large"};
                    co_return std::nullopt;
                }
            }
            if (parser.is_header_done() && !in_body) {
                in_body = true;
                deadline = Clock::now() + limits_.body_timeout;
                if (has_token(parser.get()["Expect"], "100-continue")) co_await send_continue();
            }
            const auto left = std::chrono::duration_cast<net::Duration>(deadline - Clock::now());
            const bool may_pause = !started && left > kDrainingPause && draining_;
            const auto limit = may_pause ? kDrainingPause : std::max(left, net::Duration(0));
            const auto read = co_await stream_->read_some(buffer_, limit);
            if (!read && may_pause && read.error().code == Errc::timeout && !draining_()) continue;
            if (!read) {
                end.clean = !started && read.error().code == Errc::closed;
                if (started && read.error().code == Errc::timeout)
                    end.reject = Error{Errc::timeout, in_body ? "the request body did not arrive in time"
                                                              : "the request head did not arrive in time"};
                co_return std::nullopt;
            }
            input_.append(reinterpret_cast<const char*>(buffer_.data()), *read);
        }
    }

    Task<> send_continue() {
        static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        // A failure shows again at the next read.
        const auto sent = co_await stream_->write(as_bytes(kContinue), limits_.write_timeout);
        (void)sent;
    }

    Task<After> answer(const Request& request, bool more_allowed) {
        Response response = co_await connection_->handle(request);
        const auto connection = request.headers.get("Connection");
        const bool wanted =
            request.version == 10 ? has_token(connection, "keep-alive") : !has_token(connection, "close");
        const bool keep_alive = wanted && more_allowed && !response.close;
        std::string text = serialize(response, keep_alive, request.method == "HEAD", request.version);
        Result<void> sent;
        sent_ = 0;
        if (response.transfer) {
            sent = co_await transfer(text, *response.transfer);
        } else {
            sent = co_await write(as_bytes(text));
        }
        if (response.sensitive) {
            OPENSSL_cleanse(text.data(), text.size());
            OPENSSL_cleanse(response.body.data(), response.body.size());
        }
        connection_->counted(received_, sent_);
        connection_->answered(request, response, sent ? nullptr : &sent.error());
        if (response.transfer && response.transfer->end == Transfer::End::reset) co_return After::reset;
        co_return keep_alive&& sent ? After::keep_alive : After::close;
    }

    /// Sends `text`, a whole answer, as `plan` says. An end on purpose is an error: the answer did not get out.
    Task<Result<void>> transfer(const std::string& text, const Transfer& plan) {
        const bool ends = plan.end != Transfer::End::normal;
        const std::size_t head = text.find("\r\n\r\n") + 4;
        const std::size_t half = ends ? 0 : head + (text.size() - head) / 2;
        const std::size_t first = plan.body_bytes ? std::min(text.size(), head + *plan.body_bytes) : half;
        auto sent = co_await hold(plan.delay);
        if (!sent) co_return sent;
        const ByteView bytes = as_bytes(text);
        const bool whole = !ends && plan.body_delay <= net::Duration(0);
        const ByteView beginning = whole ? bytes : bytes.first(first);
        sent = co_await write(beginning);
        if (!sent || whole) co_return sent;
        sent = co_await hold(plan.body_delay);
        if (!sent) co_return sent;
        if (ends) co_return fail(Errc::closed, "the connection was ended on purpose");
        co_return co_await write(bytes.subspan(first));
    }

    Task<Result<void>> write(ByteView bytes) {
        sent_ += bytes.size();
        co_return co_await stream_->write(bytes, limits_.write_timeout);
    }

    /// Waits while the peer stays; what it sends meanwhile is kept for later, within bounds.
    Task<Result<void>> hold(net::Duration duration) {
        const auto end = Clock::now() + std::min(duration, net::Duration(kMaxTransferDelay));
        while (!draining_ || !draining_()) {
            const auto left = std::chrono::ceil<net::Duration>(end - Clock::now());
            if (left <= net::Duration(0)) break;
            const auto read = co_await stream_->read_some(buffer_, std::min(left, kHoldStep));
            if (!read && read.error().code != Errc::timeout) co_return fail(read.error());
            if (read) input_.append(reinterpret_cast<const char*>(buffer_.data()), *read);
            if (input_.size() > limits_.max_head_bytes + limits_.max_body_bytes)
                co_return fail(Errc::too_large, "too much was sent before the answer");
        }
        co_return Result<void>{};
    }

    Task<> reject(Error error) {
        Response response;
        response.status = status_for(error);
        response.headers.add("Content-Type", "text/plain");
        response.body = error.message + "\n";
        connection_->rejected(error, response);
        const std::string text = serialize(response, false, false, 11);
        const auto sent = co_await stream_->write(as_bytes(text), limits_.write_timeout);
        (void)sent;  // the connection ends either way
    }

    std::unique_ptr<net::Stream> stream_;
    ServerLimits limits_;
    std::unique_ptr<Connection> connection_;
    std::function<bool()> draining_;
    std::string input_;
    std::size_t received_ = 0;  ///< octets of the request being read or answered
    std::size_t sent_ = 0;      ///< of its answer
    std::array<std::uint8_t, 16 * 1024> buffer_{};
};

}  // namespace

Task<> serve(std::unique_ptr<net::Stream> stream, ServerLimits limits, std::unique_ptr<Connection> connection,
             std::function<bool()> draining) {
    const auto session =
        std::make_unique<Session>(std::move(stream), limits, std::move(connection), std::move(draining));
    co_await session->run();
}

}  // namespace opencapf::http

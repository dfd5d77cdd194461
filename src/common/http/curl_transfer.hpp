// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/net/loop.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <curl/curl.h>
#include <memory>
#include <unordered_map>

namespace opencapf::http {

/// One curl multi handle driven by one loop: sockets and timer of libcurl become waits of Asio. Held by shared_ptr
/// because a wait's handler can run after its owner is gone.
class CurlDriver : public std::enable_shared_from_this<CurlDriver> {
public:
    explicit CurlDriver(net::Loop& loop);
    ~CurlDriver();
    CurlDriver(const CurlDriver&) = delete;
    CurlDriver& operator=(const CurlDriver&) = delete;

    /// Runs the transfer of `easy` to its end; the result is libcurl's.
    Task<CURLcode> run(CURL* easy);
    /// Removes everything from the loop. The driver is dead afterwards.
    void shutdown();

private:
    struct Watch {
        Watch(boost::asio::io_context& context, curl_socket_t fd) : descriptor(context, fd) {}
        boost::asio::posix::stream_descriptor descriptor;
        int wanted = 0;
        bool reading = false, writing = false;
    };
    static int on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void* watch);
    static int on_timer(CURLM* multi, long timeout_ms, void* self);
    void arm(curl_socket_t fd, const std::shared_ptr<Watch>& watch);
    void wait(curl_socket_t fd, const std::shared_ptr<Watch>& watch, bool write);
    void act(curl_socket_t fd, int events);

    net::Loop& loop_;
    CURLM* multi_;
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer done_;  // never expires; cancelled when the transfer ended
    std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches_;
    CURLcode result_ = CURLE_OK;
    bool finished_ = false;
};

}  // namespace opencapf::http

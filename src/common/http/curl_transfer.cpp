// SPDX-License-Identifier: Apache-2.0
#include "curl_transfer.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <new>

namespace opencapf::http {

namespace asio = boost::asio;

CurlDriver::CurlDriver(net::Loop& loop)
    : loop_(loop), multi_(curl_multi_init()), timer_(loop.context()), done_(loop.context()) {
    if (multi_ == nullptr) throw std::bad_alloc();
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlDriver::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlDriver::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 2L);
}

CurlDriver::~CurlDriver() { shutdown(); }

void CurlDriver::shutdown() {
    if (multi_ == nullptr) return;
    timer_.cancel();
    CURLM* multi = std::exchange(multi_, nullptr);
    curl_multi_cleanup(multi);  // closes its connections and takes its sockets back through on_socket
    watches_.clear();
}

Task<CURLcode> CurlDriver::run(CURL* easy) {
    const auto self = shared_from_this();
    finished_ = false;
    result_ = CURLE_OK;
    done_.expires_at(std::chrono::steady_clock::time_point::max());
    const CURLMcode added = curl_multi_add_handle(multi_, easy);
    if (added != CURLM_OK) co_return CURLE_FAILED_INIT;
    while (!finished_) {
        const auto woken = co_await done_.async_wait(asio::as_tuple(asio::use_awaitable));
        (void)woken;  // always "cancelled": that is the signal
    }
    if (multi_ != nullptr) curl_multi_remove_handle(multi_, easy);
    co_return result_;
}

int CurlDriver::on_socket(CURL*, curl_socket_t fd, int what, void* data, void*) {
    auto* self = static_cast<CurlDriver*>(data);
    if (what == CURL_POLL_REMOVE) {
        if (const auto it = self->watches_.find(fd); it != self->watches_.end()) {
            it->second->wanted = 0;
            it->second->descriptor.release();  // libcurl owns the socket
            self->watches_.erase(it);
        }
        return 0;
    }
    auto& watch = self->watches_[fd];
    if (!watch) watch = std::make_shared<Watch>(self->loop_.context(), fd);
    watch->wanted = what;
    self->arm(fd, watch);
    return 0;
}

int CurlDriver::on_timer(CURLM*, long timeout_ms, void* data) {
    auto* self = static_cast<CurlDriver*>(data);
    if (timeout_ms < 0) {
        self->timer_.cancel();
        return 0;
    }
    self->timer_.expires_after(std::chrono::milliseconds(timeout_ms));
    auto on_expiry = [weak = self->weak_from_this()](boost::system::error_code ec) {
        const auto driver = weak.lock();
        if (!ec && driver) driver->act(CURL_SOCKET_TIMEOUT, 0);
    };
    self->timer_.async_wait(std::move(on_expiry));
    return 0;
}

void CurlDriver::arm(curl_socket_t fd, const std::shared_ptr<Watch>& watch) {
    if ((watch->wanted & CURL_POLL_IN) != 0 && !watch->reading) wait(fd, watch, false);
    if ((watch->wanted & CURL_POLL_OUT) != 0 && !watch->writing) wait(fd, watch, true);
}

void CurlDriver::wait(curl_socket_t fd, const std::shared_ptr<Watch>& watch, bool write) {
    using Descriptor = asio::posix::stream_descriptor;
    (write ? watch->writing : watch->reading) = true;
    auto on_ready = [weak = weak_from_this(), watch, fd, write](boost::system::error_code ec) {
        (write ? watch->writing : watch->reading) = false;
        const auto driver = weak.lock();
        const int flag = write ? CURL_POLL_OUT : CURL_POLL_IN;
        if (ec || !driver || (watch->wanted & flag) == 0) return;
        driver->act(fd, write ? CURL_CSELECT_OUT : CURL_CSELECT_IN);
        if (driver->multi_ != nullptr) driver->arm(fd, watch);
    };
    watch->descriptor.async_wait(write ? Descriptor::wait_write : Descriptor::wait_read, std::move(on_ready));
}

void CurlDriver::act(curl_socket_t fd, int events) {
    if (multi_ == nullptr) return;
    int running = 0;
    curl_multi_socket_action(multi_, fd, events, &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        result_ = message->data.result;
        finished_ = true;
        done_.cancel();
    }
}

}  // namespace opencapf::http

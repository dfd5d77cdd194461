// SPDX-License-Identifier: Apache-2.0
#include "opencapf/http/client.hpp"

#include "component/http/running_server.hpp"
#include "opencapf/base/bytes.hpp"

#include <arpa/inet.h>
#include <future>
#include <gmock/gmock.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>
#include <unistd.h>

namespace opencapf::http {
namespace {

using opencapf::test::run_on;
using opencapf::test::run_plain;
using test::RunningServer;
using ::testing::HasSubstr;
using Answer = tl::expected<ClientResponse, ClientError>;

constexpr net::Duration kShort{150};
constexpr const char* kHost = "server.example.test";

/// Answers "<method> <target> <body>" and tells the headers it got.
Response mirror(const Request& request) {
    Response response;
    response.headers.add("X-Authorization", std::string(request.headers.get("Authorization")));
    response.headers.add("X-Agent", request.headers.has("User-Agent") ? "some" : "none");
    response.headers.add("X-Type", std::string(request.headers.get("Content-Type")));
    response.headers.add("X-Expect", request.headers.has("Expect") ? "some" : "none");
    response.body = request.method + " " + request.target + " " + request.body;
    if (request.path == "/large") response.body = std::string(5000, 'x');
    if (request.path == "/moved") {
        response.status = 302;
        response.headers.add("Location", "/elsewhere");
    }
    return response;
}

/// A listening TCP socket that nobody accepts from: connections succeed and stay silent.
class MuteServer {
public:
    MuteServer() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        ::listen(fd_, 8);
        socklen_t length = sizeof address;
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length);
        port_ = ntohs(address.sin_port);
    }
    ~MuteServer() { ::close(fd_); }
    MuteServer(const MuteServer&) = delete;
    MuteServer& operator=(const MuteServer&) = delete;
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

private:
    int fd_;
    std::uint16_t port_ = 0;
};

class HttpClientTest : public ::testing::Test {
protected:
    HttpClientTest() : loops_(1) {
        config_.trust = std::make_shared<x509::TrustStore>(std::vector{server_.pki().root()});
        config_.resolve[kHost] = "127.0.0.1";
        loops_.start();
    }
    ~HttpClientTest() override {
        hang_up();
        run_plain(loops_[0], [this] { sessions_.reset(); });
        loops_.stop();
    }
    [[nodiscard]] std::string url(const std::string& path, const std::string& host = kHost) const {
        return "https://" + host + ":" + std::to_string(server_.port()) + path;
    }
    /// Ends the conversation; the next request starts another one.
    void hang_up() {
        run_plain(loops_[0], [this] { conversation_.reset(); });
    }
    Answer perform(ClientRequest request) {
        if (!conversation_)
            run_plain(loops_[0],
                      [this] { conversation_ = std::make_unique<Conversation>(loops_[0], config_, sessions_); });
        return run_on<Answer>(loops_[0], [&] { return conversation_->perform(request); });
    }
    Answer get(const std::string& address) {
        ClientRequest request;
        request.url = address;
        return perform(std::move(request));
    }

    RunningServer server_{mirror};
    net::LoopPool loops_;
    ClientConfig config_;
    std::shared_ptr<TlsSessionCache> sessions_;
    std::unique_ptr<Conversation> conversation_;
};

TEST_F(HttpClientTest, GetsAndPostsOnOneConnection) {
    const auto first = get(url("/a?b=c"));
    ASSERT_TRUE(first) << first.error().text;
    EXPECT_EQ(first->status, 200U);
    EXPECT_EQ(first->body, "GET /a?b=c ");
    EXPECT_EQ(first->new_connections, 1);
    EXPECT_EQ(first->headers.get("x-agent"), "none");
    ClientRequest post;
    post.method = "POST";
    post.url = url("/p");
    post.headers.add("Content-Type", "application/pkcs10");
    post.body = std::string("\0body", 5) + std::string(2000, 'y');
    const auto second = perform(post);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->body, "POST /p " + post.body);
    EXPECT_EQ(second->headers.get("X-Type"), "application/pkcs10");
    EXPECT_EQ(second->headers.get("X-Expect"), "none");
    EXPECT_EQ(second->new_connections, 0);
    post.body.clear();
    EXPECT_EQ(perform(post)->body, "POST /p ");
    EXPECT_EQ(get(url("/again"))->body, "GET /again ");
}

TEST_F(HttpClientTest, NewConnectionIsOpenedWhenAskedFor) {
    ASSERT_TRUE(get(url("/1")));
    ClientRequest request;
    request.url = url("/2");
    request.new_connection = true;
    EXPECT_EQ(perform(request)->new_connections, 1);
}

TEST_F(HttpClientTest, ReconnectsWhenTheServerClosedTheIdleConnection) {
    ServerLimits limits;
    limits.max_requests_per_connection = 1;
    RunningServer closing(mirror, limits);
    config_.trust = std::make_shared<x509::TrustStore>(std::vector{closing.pki().root()});
    const auto address = "https://" + std::string(kHost) + ":" + std::to_string(closing.port()) + "/";
    EXPECT_EQ(get(address)->new_connections, 1);
    EXPECT_EQ(get(address)->new_connections, 1);
}

TEST_F(HttpClientTest, FollowsNoRedirectAndSendsTheAgentGiven) {
    config_.user_agent = "CiscoRA 1.0";
    const auto answer = get(url("/moved"));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 302U);
    EXPECT_EQ(answer->headers.get("location"), "/elsewhere");
    EXPECT_EQ(answer->headers.get("x-agent"), "some");
}

TEST_F(HttpClientTest, WrongCaIs60WithTheReason) {
    config_.trust = std::make_shared<x509::TrustStore>(std::vector{opencapf::test::make_root("Other").certificate});
    const auto answer = get(url("/"));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().curl_code, 60);
    EXPECT_EQ(answer.error().verify_result, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    EXPECT_NE(answer.error().text, "");
    EXPECT_THAT(answer.error().refused_certificate, HasSubstr(", issued by /"));
    EXPECT_THAT(describe(answer.error(), 300), HasSubstr("(curl 60); the refused certificate: /"));
}

TEST_F(HttpClientTest, WithoutTrustNothingIsTrusted) {
    config_.trust.reset();
    EXPECT_EQ(get(url("/")).error().curl_code, 60);
}

TEST_F(HttpClientTest, OtherHostNameIs60WithoutAChainError) {
    config_.resolve["other.example.test"] = "127.0.0.1";
    const auto answer = get(url("/", "other.example.test"));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().curl_code, 60);
    EXPECT_EQ(answer.error().verify_result, X509_V_ERR_UNSPECIFIED);  // libcurl checks the name first
    EXPECT_THAT(answer.error().text, HasSubstr("other.example.test"));
}

TEST_F(HttpClientTest, ConnectionRefusedIs7AndUnknownNameIs6) {
    std::uint16_t port = 0;
    {
        const MuteServer gone;
        port = gone.port();
    }
    const auto refused = get("https://" + std::string(kHost) + ":" + std::to_string(port) + "/");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().curl_code, 7);
    EXPECT_EQ(get("https://name.invalid/").error().curl_code, 6);
    EXPECT_EQ(get("http://127.0.0.1/").error().curl_code, 1);  // https only
}

TEST_F(HttpClientTest, SilenceIs28AndTheConversationGoesOn) {
    const MuteServer mute;
    config_.total_timeout = kShort;
    const auto late = get("https://" + std::string(kHost) + ":" + std::to_string(mute.port()) + "/");
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().curl_code, 28);
    hang_up();
    config_.total_timeout = net::Duration(10'000);
    config_.connect_timeout = kShort;
    EXPECT_EQ(get("https://" + std::string(kHost) + ":" + std::to_string(mute.port()) + "/").error().curl_code, 28);
    EXPECT_TRUE(get(url("/")));
}

TEST_F(HttpClientTest, BodyAboveTheLimitIsCutOff) {
    config_.max_body_bytes = 4999;
    const auto cut = get(url("/large"));
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().curl_code, 23);
    EXPECT_THAT(cut.error().text, HasSubstr("4999"));
    EXPECT_TRUE(get(url("/small")));
    hang_up();
    config_.max_body_bytes = 5000;
    EXPECT_EQ(get(url("/large"))->body.size(), 5000U);
}

TEST_F(HttpClientTest, SendsBasicCredentialsOnlyWhenAsked) {
    config_.auth = AuthMethod::basic;
    config_.user = "LAB\\ciscora";
    config_.password = Secret(std::string("p:w"));
    const auto with = get(url("/"));
    ASSERT_TRUE(with);
    EXPECT_EQ(with->headers.get("X-Authorization"), "Basic " + to_base64(as_bytes("LAB\\ciscora:p:w")));
    ClientRequest without;
    without.url = url("/");
    without.send_credentials = false;
    EXPECT_EQ(perform(without)->headers.get("X-Authorization"), "");
    without.send_credentials = true;
    EXPECT_NE(perform(without)->headers.get("X-Authorization"), "");
    hang_up();
    config_.auth = AuthMethod::none;
    EXPECT_EQ(get(url("/"))->headers.get("X-Authorization"), "");
}

/// Counts on the server's side how many handshakes resumed a session.
class Handshakes {
public:
    explicit Handshakes(SSL_CTX* context) : context_(context) {}
    [[nodiscard]] long resumed() const { return SSL_CTX_ctrl(context_, SSL_CTRL_SESS_HIT, 0, nullptr); }
    [[nodiscard]] long all() const { return SSL_CTX_ctrl(context_, SSL_CTRL_SESS_ACCEPT_GOOD, 0, nullptr); }

private:
    SSL_CTX* context_;
};

TEST_F(HttpClientTest, ConversationsResumeTlsSessionsThroughTheCache) {
    const Handshakes handshakes(server_.tls());
    ASSERT_TRUE(get(url("/1")));
    hang_up();
    ASSERT_TRUE(get(url("/2")));
    hang_up();
    EXPECT_EQ(handshakes.all(), 2);
    EXPECT_EQ(handshakes.resumed(), 0);  // nothing to share yet
    run_plain(loops_[0], [this] { sessions_ = std::make_shared<TlsSessionCache>(); });
    for (int i = 0; i < 3; ++i) {
        const auto answer = get(url("/3"));
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->new_connections, 1);
        hang_up();
    }
    EXPECT_EQ(handshakes.all(), 5);
    EXPECT_EQ(handshakes.resumed(), 2);
}

Task<> forget(Conversation& conversation, ClientRequest request) {
    const auto answer = co_await conversation.perform(std::move(request));
    ADD_FAILURE() << "a request that was given up came back: " << answer.has_value();
}

/// `alive` lives as long as the task.
Task<> own_and_forget(net::Loop& loop, ClientConfig config, ClientRequest request, std::shared_ptr<int> alive) {
    Conversation conversation(loop, std::move(config));
    const auto answer = co_await conversation.perform(std::move(request));
    ADD_FAILURE() << "a request to a mute server came back: " << answer.has_value() << *alive;
}

TEST_F(HttpClientTest, DestroyingAConversationInARequestIsSafe) {
    const MuteServer mute;
    conversation_.reset();
    std::promise<void> started;
    loops_[0].post([&] {
        conversation_ = std::make_unique<Conversation>(loops_[0], config_, sessions_);
        ClientRequest request;
        request.url = "https://" + std::string(kHost) + ":" + std::to_string(mute.port()) + "/";
        auto* conversation = conversation_.get();
        loops_[0].spawn([conversation, request]() -> Task<> { return forget(*conversation, request); });
        loops_[0].post([&started] { started.set_value(); });
    });
    started.get_future().wait();
    hang_up();
    EXPECT_TRUE(get(url("/after")));
}

TEST_F(HttpClientTest, StoppingTheLoopInARequestIsSafe) {
    const MuteServer mute;
    net::LoopPool other(1);
    other.start();
    ClientRequest request;
    request.url = "https://" + std::string(kHost) + ":" + std::to_string(mute.port()) + "/";
    std::promise<void> started;
    const auto alive = std::make_shared<int>(0);
    other[0].spawn([&] { return own_and_forget(other[0], config_, request, alive); });
    other[0].post([&] { other[0].post([&] { started.set_value(); }); });
    started.get_future().wait();
    EXPECT_EQ(alive.use_count(), 2);
    other.stop();  // the coroutine that owns the conversation goes with its loop
    EXPECT_EQ(alive.use_count(), 1);
}

}  // namespace
}  // namespace opencapf::http

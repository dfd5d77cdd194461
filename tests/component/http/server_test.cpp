// SPDX-License-Identifier: Apache-2.0
#include "component/http/running_server.hpp"

#include <future>
#include <gmock/gmock.h>
#include <openssl/ssl.h>
#include <thread>

namespace opencapf::http {
namespace {

using test::RunningServer;
using test::TlsPeer;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

constexpr net::Duration kShort{80};

/// Answers what it got: "<method> <path>?<query> <body>".
Response mirror(const Request& request) {
    Response response;
    response.headers.add("X-miXed-CASE", "kept");
    response.headers.add("X-Host", std::string(request.headers.get("host")));
    response.body = request.method + " " + request.path + "?" + request.query + " " + request.body;
    return response;
}

std::string get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n"; }

std::string post(const std::string& headers, const std::string& body) {
    return "POST /p HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n" + body;
}

std::string post(const std::string& body) {
    return post("Content-Length: " + std::to_string(body.size()) + "\r\n", body);
}

/// What a new connection answers to `text`, to the end of the connection.
std::string all_answers(RunningServer& server, const std::string& text) {
    TlsPeer client(server.port());
    client.send(text);
    return client.read_all();
}

TEST(HttpServer, DrainingEndsIdleConnectionsLongBeforeTheGraceIsOver) {
    RunningServer server(mirror);
    TlsPeer idle(server.port());
    idle.send(get("/a"));
    EXPECT_THAT(idle.read_answer(), StartsWith("HTTP/1.1 200"));
    const auto began = std::chrono::steady_clock::now();
    std::thread client([&idle] { EXPECT_EQ(idle.read_all(), ""); });
    EXPECT_EQ(server.drain(std::chrono::seconds(60)), 0U);
    client.join();
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(30));
}

TEST(HttpServer, DrainingLetsAConversationOfSeveralRequestsGoOn) {
    std::promise<void> in_work, go_on;
    RunningServer server([&](const Request& request) {
        if (request.path == "/first") {
            in_work.set_value();
            go_on.get_future().wait_for(std::chrono::seconds(20));
        }
        return mirror(request);
    });
    TlsPeer client(server.port());
    client.send(get("/first"));
    in_work.get_future().wait();
    std::thread drain([&server] { EXPECT_EQ(server.drain(std::chrono::seconds(30)), 0U); });
    const auto refused = [&server] {
        try {
            const TlsPeer late(server.port());
        } catch (const std::exception&) {
            return true;
        }
        return false;
    };
    while (!refused()) std::this_thread::yield();
    go_on.set_value();
    EXPECT_THAT(client.read_answer(), HasSubstr("/first"));
    client.send(get("/second"));
    EXPECT_THAT(client.read_answer(), HasSubstr("/second"));
    drain.join();
}

TEST(HttpServer, KeepsTheConnectionForSeveralRequests) {
    RunningServer server(mirror);
    TlsPeer client(server.port());
    for (const auto* path : {"/a?x=1", "/b", "/c?"}) {
        client.send(get(path));
        const auto answer = client.read_answer();
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
        EXPECT_THAT(answer, Not(HasSubstr("Connection:")));
        EXPECT_THAT(answer, HasSubstr("\r\nX-Host: h\r\n"));
    }
    client.close();
    EXPECT_TRUE(server.notes().wait_for("closed clean"));
    EXPECT_THAT(server.notes().all(),
                ::testing::ElementsAre("answered /a?x=1 200", "answered /b 200", "answered /c? 200", "closed clean"));
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
    RunningServer server(mirror);
    TlsPeer client(server.port());
    client.send(get("/1") + post("two") + get("/3?q"));
    EXPECT_THAT(client.read_answer(), EndsWith("\r\n\r\nGET /1? "));
    EXPECT_THAT(client.read_answer(), EndsWith("\r\n\r\nPOST /p? two"));
    EXPECT_THAT(client.read_answer(), EndsWith("\r\n\r\nGET /3?q "));
}

TEST(HttpServer, TakesRequestsByteByByte) {
    RunningServer server(mirror);
    TlsPeer client(server.port());
    for (const char c : post("slow body")) client.send(std::string_view(&c, 1));
    EXPECT_THAT(client.read_answer(), EndsWith("POST /p? slow body"));
}

TEST(HttpServer, ReadsContentLengthAndChunkedBodies) {
    RunningServer server(mirror);
    TlsPeer client(server.port());
    client.send(post(std::string("\0\r\n\r\nx", 6)));
    EXPECT_THAT(client.read_answer(), EndsWith(std::string("POST /p? \0\r\n\r\nx", 15)));
    client.send(post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nTrailer: t\r\n\r\n"));
    EXPECT_THAT(client.read_answer(), EndsWith("POST /p? hello world"));
    client.send(post("Content-Length: 0\r\n", ""));
    EXPECT_THAT(client.read_answer(), EndsWith("POST /p? "));
}

TEST(HttpServer, SaysContinueBeforeTheBodyOnly) {
    RunningServer server(mirror);
    TlsPeer client(server.port());
    client.send(post("Content-Length: 4\r\nExpect: 100-continue\r\n", ""));
    EXPECT_EQ(client.read_some(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("body");
    EXPECT_THAT(client.read_answer(), EndsWith("POST /p? body"));
    client.send(post("Content-Length: 4\r\nExpect: 100-continue\r\n", "here"));  // did not wait
    EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 200"));
}

TEST(HttpServer, SkipsEmptyLinesBeforeARequest) {
    RunningServer server(mirror);
    TlsPeer client(server.port());
    client.send("\r\n" + get("/1") + "\r\n");  // libEST's extra line end
    EXPECT_THAT(client.read_answer(), EndsWith("GET /1? "));
    client.send("\r\n\r\n" + get("/2"));
    EXPECT_THAT(client.read_answer(), EndsWith("GET /2? "));
}

TEST(HttpServer, ClosesAfterHttp10UnlessAskedToStay) {
    RunningServer server(mirror);
    EXPECT_THAT(all_answers(server, "GET /1 HTTP/1.0\r\n\r\n"),
                ::testing::AllOf(HasSubstr("Connection: close\r\n"), EndsWith("GET /1? ")));
    TlsPeer client(server.port());
    client.send("GET /1 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
    EXPECT_THAT(client.read_answer(), HasSubstr("Connection: keep-alive\r\n"));
    client.send("GET /2 HTTP/1.0\r\n\r\n");
    EXPECT_THAT(client.read_all(), EndsWith("GET /2? "));
}

TEST(HttpServer, HonoursConnectionCloseWithFinAtOnce) {
    RunningServer server(mirror);
    TlsPeer client(server.port());
    client.send("GET /1 HTTP/1.1\r\nHost: h\r\nConnection: TE, Close\r\n\r\n" + get("/never"));
    EXPECT_THAT(client.read_all(), EndsWith("GET /1? "));  // the end came although this side is still open
    EXPECT_TRUE(client.saw_close_notify());
    client.close();
    EXPECT_TRUE(server.notes().wait_for("closed clean"));
    EXPECT_FALSE(server.notes().all().front().find("never") != std::string::npos);
}

TEST(HttpServer, TakesTargetsInAbsoluteForm) {
    RunningServer server(mirror);
    TlsPeer client(server.port());
    client.send(
        "GET https://h:1/a?b HTTP/1.1\r\nHost: h\r\n\r\nGET http://h HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const std::string answers = client.read_all();
    EXPECT_THAT(answers, HasSubstr("GET /a?b "));
    EXPECT_THAT(answers, EndsWith("GET /? "));
}

TEST(HttpServer, ClosesWhenTheHandlerOrTheRequestLimitSaysSo) {
    ServerLimits limits;
    limits.max_requests_per_connection = 2;
    RunningServer server(
        [](const Request& request) {
            Response response;
            response.close = request.path == "/last";
            return response;
        },
        limits);
    EXPECT_THAT(all_answers(server, get("/last")), HasSubstr("Connection: close\r\n"));
    TlsPeer client(server.port());
    client.send(get("/1"));
    EXPECT_THAT(client.read_answer(), Not(HasSubstr("Connection: close")));
    client.send(get("/2"));
    EXPECT_THAT(client.read_all(), HasSubstr("Connection: close\r\n"));
}

TEST(HttpServer, SendsHeadAndBodyInOneRecordWithTheSpellingGiven) {
    RunningServer server(mirror);
    TlsPeer::Options options;
    options.maximum_version = TLS1_2_VERSION;
    TlsPeer client(server.port(), options);
    client.send(get("/1"));
    EXPECT_THAT(client.read_some(), ::testing::AllOf(HasSubstr("\r\nX-miXed-CASE: kept\r\n"), EndsWith("GET /1? ")));
    EXPECT_EQ(client.data_records(), 1);
}

TEST(HttpServer, AnswersHeadWithoutABody) {
    RunningServer server(mirror);
    TlsPeer client(server.port());
    client.send("HEAD /1 HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto answer = client.read_answer(true);
    EXPECT_THAT(answer, ::testing::AllOf(HasSubstr("Content-Length: 9\r\n"), EndsWith("\r\n\r\n")));
    client.send(get("/2"));
    EXPECT_THAT(client.read_answer(), EndsWith("GET /2? "));
}

TEST(HttpServer, SendsNoLengthWith204AndItsOwnReason) {
    RunningServer server([](const Request& request) {
        Response response;
        response.status = request.path == "/204" ? 204 : 418;
        if (request.path != "/204") response.reason = "Short and stout";
        return response;
    });
    TlsPeer client(server.port());
    client.send(get("/204"));
    const std::string date = "Date: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT\r\n";
    EXPECT_THAT(client.read_answer(), MatchesRegex("HTTP/1.1 204 No Content\r\n" + date + "\r\n"));
    client.send(get("/x"));
    EXPECT_THAT(client.read_answer(),
                MatchesRegex("HTTP/1.1 418 Short and stout\r\n" + date + "Content-Length: 0\r\n\r\n"));
}

struct Bad {
    const char* name;
    std::string text;
    unsigned status;
};
class HttpServerRejects : public ::testing::TestWithParam<Bad> {};

TEST_P(HttpServerRejects, WithItsStatusAndCloses) {
    RunningServer server(mirror);
    const auto answer = all_answers(server, GetParam().text);
    const auto status = std::to_string(GetParam().status);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + status + " "));
    EXPECT_THAT(answer, ::testing::AllOf(HasSubstr("Connection: close\r\n"), HasSubstr("X-Rejected: yes\r\n")));
    EXPECT_TRUE(server.notes().wait_for("rejected " + status));
}

INSTANTIATE_TEST_SUITE_P(
    Requests, HttpServerRejects,
    ::testing::Values(
        Bad{"http2", "GET / HTTP/2.0\r\n\r\n", 505}, Bad{"http09", "GET / HTTP/0.9\r\n\r\n", 505},
        Bad{"garbage", "garbage\r\n\r\n", 400}, Bad{"binary", std::string("\x16\x03\x01\0\0", 5) + "\r\n", 400},
        Bad{"blank_in_name", "GET / HTTP/1.1\r\nBad Name: x\r\n\r\n", 400},
        Bad{"negative_length", post("Content-Length: -1\r\n", ""), 400},
        Bad{"two_lengths", post("Content-Length: 1\r\nContent-Length: 2\r\n", "xx"), 400},
        Bad{"length_and_chunked", post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        Bad{"same_length_twice", post("Content-Length: 2\r\nContent-Length: 2\r\n", "xx"), 400},
        Bad{"two_hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        Bad{"no_host", "GET / HTTP/1.1\r\nX: y\r\n\r\n", 400},
        Bad{"two_authorizations",
            "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YTpi\r\nauthorization: Basic YTpj\r\n\r\n", 400},
        Bad{"two_types", post("Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 0\r\n", ""), 400},
        Bad{"bad_chunk", post("Transfer-Encoding: chunked\r\n", "zz\r\nhello\r\n0\r\n\r\n"), 400},
        Bad{"long_head", "GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", 431},
        Bad{"long_target", "GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n\r\n", 431},
        Bad{"endless_head", "GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x'), 431},
        Bad{"long_body", post(std::string(64 * 1024 + 1, 'x')), 413},
        Bad{"much_longer_body", post(std::string(2'000'000, 'x')), 413},
        Bad{"announced_only", post("Content-Length: 99999999\r\n", ""), 413},
        Bad{"endless_chunk_line", post("Transfer-Encoding: chunked\r\n", "5;" + std::string(3'000'000, 'x')), 413},
        Bad{"endless_trailer",
            post("Transfer-Encoding: chunked\r\n", "1\r\nx\r\n0\r\nT: " + std::string(3'000'000, 'x')), 413},
        Bad{"long_chunk", post("Transfer-Encoding: chunked\r\n", "20000\r\n" + std::string(0x20000, 'x')), 413}),
    [](const auto& param_info) { return std::string(param_info.param.name); });

TEST(HttpServer, ATrailerIsNoHeader) {
    RunningServer server([](const Request& request) {
        Response response;
        response.body = request.body + "|" + std::string(request.headers.get("Authorization"));
        return response;
    });
    const std::string text = post("Transfer-Encoding: chunked\r\nTrailer: Authorization\r\n",
                                  "1\r\nx\r\n0\r\nAuthorization: Basic YTpi\r\n\r\n");
    TlsPeer client(server.port());
    client.send(text);
    EXPECT_THAT(client.read_answer(), EndsWith("\r\n\r\nx|")) << "in one piece";
    client.send(text.substr(0, text.size() - 20));
    client.send(text.substr(text.size() - 20));
    EXPECT_THAT(client.read_answer(), EndsWith("\r\n\r\nx|")) << "in two";
}

TEST(HttpServer, TakesABodyOfExactlyTheLimit) {
    RunningServer server(mirror);
    TlsPeer client(server.port());
    const std::string body(64 * 1024, 'x');
    client.send(post(body));
    EXPECT_THAT(client.read_answer(), EndsWith(body));
}

TEST(HttpServer, HalfABodyGets408) {
    ServerLimits limits;
    limits.body_timeout = kShort;
    RunningServer server(mirror, limits);
    EXPECT_THAT(all_answers(server, post("Content-Length: 10\r\n", "half")), StartsWith("HTTP/1.1 408 "));
    EXPECT_TRUE(server.notes().wait_for("rejected 408"));
}

TEST(HttpServer, HalfAHeadGets408) {
    ServerLimits limits;
    limits.head_timeout = kShort;
    RunningServer server(mirror, limits);
    EXPECT_THAT(all_answers(server, "GET / HT"), StartsWith("HTTP/1.1 408 "));
}

TEST(HttpServer, IdleConnectionIsClosedWithoutAnAnswer) {
    ServerLimits limits;
    limits.idle_timeout = kShort;
    RunningServer server(mirror, limits);
    EXPECT_EQ(all_answers(server, "\r\n"), "");
    TlsPeer client(server.port());
    client.send(get("/1"));
    EXPECT_THAT(client.read_answer(), EndsWith("GET /1? "));
    EXPECT_EQ(client.read_all(), "");
    EXPECT_TRUE(client.saw_close_notify());
}

TEST(HttpServer, ClientThatLeavesInABodyGetsNoAnswerAndHarmsNobody) {
    RunningServer server(mirror);
    {
        TlsPeer client(server.port());
        client.send(post("Content-Length: 10\r\n", "half"));
        client.close();
        EXPECT_EQ(client.read_all(), "");
    }
    EXPECT_TRUE(server.notes().wait_for("closed cut"));
    EXPECT_THAT(all_answers(server, "GET /1 HTTP/1.0\r\n\r\n"), EndsWith("GET /1? "));
}

}  // namespace
}  // namespace opencapf::http

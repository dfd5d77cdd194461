// SPDX-License-Identifier: Apache-2.0
#include "net_case.hpp"

#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <thread>

namespace opencapf::net {
namespace {

TEST_F(NetTest, EchoesThroughBothEndsOfTheLibrary) {
    listen();
    auto stream = connect_with(client_config());
    ASSERT_TRUE(stream) << stream.error().message;
    const std::string large(300'000, 'x');  // many records, more than a socket buffer
    EXPECT_EQ(run_on<std::string>(loops_[1], [&] { return talk(**stream, "hello"); }), "hello");
    EXPECT_EQ(run_on<std::string>(loops_[1], [&] { return talk(**stream, large); }), large);
    EXPECT_EQ((*stream)->tls_version(), "TLSv1.3");
    EXPECT_EQ((*stream)->remote().port, port());
    EXPECT_EQ((*stream)->remote().address, "127.0.0.1");
    EXPECT_TRUE(run_on<bool>(loops_[1], [&] { return (*stream)->close(kLong); }));
    EXPECT_TRUE(notes_.wait_for("read: closed closed by the peer"));
    EXPECT_TRUE(notes_.wait_for("closed by both"));
    drop(std::move(*stream));
}

TEST_F(NetTest, SilentTcpClientsDelayNobody) {
    listen();
    std::vector<std::unique_ptr<TcpPeer>> silent;
    for (int i = 0; i < 8; ++i) silent.push_back(std::make_unique<TcpPeer>(port()));
    TlsPeer client(port());
    client.send("hello");
    EXPECT_EQ(client.read_some(), "hello");
    EXPECT_EQ(listener_->sessions(), 9U);
}

TEST_F(NetTest, ListensOnASocketThatSomebodyElseOpened) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(fd, 8), 0);
    ListenerConfig config;
    config.descriptor = fd;
    config.port = 1;  // does not count
    listen(config);
    EXPECT_EQ(listener_->local_address(), "127.0.0.1:" + std::to_string(port()));
    TlsPeer client(port());
    client.send("hello");
    EXPECT_EQ(client.read_some(), "hello");
}

TEST_F(NetTest, AnAdoptedDescriptorMustBeASocket) {
    ListenerConfig config;
    config.descriptor = STDIN_FILENO;
    EXPECT_THROW(listen(config), std::system_error);
}

TEST_F(NetTest, LoopsAnswerUnlessOneIsStuck) {
    EXPECT_TRUE(loops_.answers(kLong));
    std::promise<void> release;
    loops_[1].post([&release] { release.get_future().wait(); });
    EXPECT_FALSE(loops_.answers(kShort));
    release.set_value();
    EXPECT_TRUE(loops_.answers(kLong));
}

TEST_F(NetTest, HandshakeHasATimeout) {
    ListenerConfig config;
    config.handshake_timeout = kShort;
    listen(config);
    const TcpPeer silent(port());
    EXPECT_TRUE(silent.closed_by_server());
    EXPECT_TRUE(notes_.wait_for("handshake: timeout"));
}

TEST_F(NetTest, BytesThatAreNoTlsFailTheHandshake) {
    listen();
    const TcpPeer plain(port());
    ASSERT_GT(::send(plain.descriptor(), "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL), 0);
    EXPECT_TRUE(notes_.wait_for("handshake: tls"));
    { const TcpPeer gone(port()); }
    EXPECT_TRUE(notes_.wait_for("handshake: closed"));
    TlsPeer client(port());
    client.send("still there");
    EXPECT_EQ(client.read_some(), "still there");
}

TEST_F(NetTest, ReadHasATimeout) {
    listen({}, kShort);
    TlsPeer client(port());
    EXPECT_EQ(client.read_all(), "");
    EXPECT_TRUE(client.saw_close_notify());
    EXPECT_TRUE(notes_.wait_for("read: timeout"));
}

Task<> write_much(std::unique_ptr<Stream> stream, Notes& notes) {
    const Bytes data(8 * 1024 * 1024);  // more than any socket buffer takes
    const auto written = co_await stream->write(data, kShort);
    notes.add(written ? "written" : "write: " + std::string(to_string(written.error().code)));
}

TEST_F(NetTest, WriteHasATimeout) {
    serve({}, [this](Loop&, std::unique_ptr<Stream> stream) { return write_much(std::move(stream), notes_); });
    TlsPeer client(port());  // never reads
    EXPECT_TRUE(notes_.wait_for("write: timeout"));
}

TEST_F(NetTest, ConnectionsAboveTheLimitAreClosedAndTold) {
    ListenerConfig config;
    config.max_connections = 2;
    listen(config);
    TlsPeer first(port()), second(port());
    const TcpPeer third(port());
    EXPECT_TRUE(third.closed_by_server());
    EXPECT_TRUE(notes_.wait_for("too many"));
    first.close();
    EXPECT_TRUE(notes_.wait_for("closed by both"));
    second.send("served");
    EXPECT_EQ(second.read_some(), "served");
}

TEST_F(NetTest, OneWriteIsOneRecord) {
    listen();
    TlsPeer::Options options;
    options.maximum_version = TLS1_2_VERSION;  // in 1.3 everything looks like data from outside
    TlsPeer client(port(), options);
    for (int i = 1; i <= 3; ++i) {
        const std::string text(static_cast<std::size_t>(i) * 5000, 'x');
        client.send(text);
        EXPECT_EQ(client.read_some().size(), text.size());
        EXPECT_EQ(client.data_records(), i);
    }
}

Task<> say_and_close(std::unique_ptr<Stream> stream, Notes& notes) {
    static constexpr std::string_view kText = "last words";
    const auto written = co_await stream->write(as_bytes(kText), kLong);
    const bool peer_closed = co_await stream->close(kLong);
    notes.add(written && peer_closed ? "orderly" : "cut");
}

TEST_F(NetTest, CloseSendsCloseNotifyAtOnceAndWaitsForThePeer) {
    serve({}, [this](Loop&, std::unique_ptr<Stream> stream) { return say_and_close(std::move(stream), notes_); });
    TlsPeer client(port());
    client.send("bytes the server never reads");
    EXPECT_EQ(client.read_all(), "last words");
    EXPECT_TRUE(client.saw_close_notify());
    client.close();
    EXPECT_TRUE(notes_.wait_for("orderly"));
}

TEST_F(NetTest, EndWithoutCloseNotifyAndResetAreClosed) {
    listen();
    {
        TlsPeer client(port());
        client.send("x");
        client.read_some();
    }  // FIN only
    EXPECT_TRUE(notes_.wait_for("read: closed connection ended without close_notify"));
    TlsPeer client(port());
    client.send("x");
    client.read_some();
    client.reset();
    EXPECT_TRUE(notes_.wait_for("read: closed connection lost"));
}

TEST_F(NetTest, DrainEndsIdleSessionsAndReports) {
    listen();
    TlsPeer first(port()), second(port());
    first.send("x");
    EXPECT_EQ(first.read_some(), "x");
    second.send("y");
    EXPECT_EQ(second.read_some(), "y");
    EXPECT_EQ(listener_->drain(Duration(500)), 0U);
    EXPECT_EQ(listener_->sessions(), 0U);
    EXPECT_TRUE(notes_.wait_for("read: closed connection stopped"));
    EXPECT_EQ(first.read_all() + second.read_all(), "");
    EXPECT_THROW(TcpPeer{port()}, std::runtime_error);  // the port is closed
}

TEST_F(NetTest, DrainLetsASessionFinishItsWork) {
    listen();
    TlsPeer client(port());
    client.send("x");
    EXPECT_EQ(client.read_some(), "x");
    std::thread finishing([&client] {
        client.send("still answered");
        EXPECT_EQ(client.read_some(), "still answered");
        client.close();
    });
    EXPECT_EQ(listener_->drain(kLong), 0U);
    finishing.join();
    EXPECT_TRUE(notes_.wait_for("closed by both"));
}

TEST_F(NetTest, DrainReportsAClientThatNeverShookHands) {
    listen();
    const TcpPeer silent(port());
    TlsPeer client(port());  // accepted after it, so the silent one is counted
    client.close();
    EXPECT_TRUE(notes_.wait_for("closed by both"));
    EXPECT_EQ(listener_->drain(Duration(20)), 1U);
}

Task<> throw_defect(std::unique_ptr<Stream> stream) {
    co_await stream->close(Duration(0));
    throw std::runtime_error("a bug of ours");
}

TEST_F(NetTest, SessionThatThrowsIsToldAndOthersGoOn) {
    std::atomic<bool> broken{true};
    serve({}, [&](Loop&, std::unique_ptr<Stream> stream) {
        return broken ? throw_defect(std::move(stream)) : echo(std::move(stream), kLong, notes_);
    });
    { TlsPeer client(port()); }
    EXPECT_TRUE(notes_.wait_for("defect: a bug of ours"));
    broken = false;
    TlsPeer client(port());
    client.send("x");
    EXPECT_EQ(client.read_some(), "x");
}

TEST_F(NetTest, TakenPortAndBadAddressAreToldAtOnce) {
    listen();
    ListenerConfig config;
    config.address = "127.0.0.1";
    config.port = port();
    const auto session = [](Loop& loop, std::unique_ptr<Stream>) { return loop.sleep(Duration(0)); };
    try {
        const Listener second(loops_, config, pki_.context(), session, {});
        FAIL() << "two listeners on one port";
    } catch (const std::system_error& error) {
        EXPECT_THAT(error.what(), HasSubstr("127.0.0.1:" + std::to_string(port())));
    }
    config.address = "no address";
    EXPECT_THROW(Listener(loops_, config, pki_.context(), session, {}), std::runtime_error);
}

Task<bool> job_throws(WorkPool& pool) {
    bool thrown = false;
    try {
        co_await pool.run([] { throw std::runtime_error("no"); });
    } catch (const std::runtime_error&) {
        thrown = true;
    }
    co_return thrown;
}

Task<bool> job_runs_elsewhere(WorkPool& pool) {
    const auto here = std::this_thread::get_id();
    auto there = here;
    auto job = [&there] { there = std::this_thread::get_id(); };
    co_await pool.run(std::move(job));
    co_return there != here&& std::this_thread::get_id() == here;
}

TEST_F(NetTest, WorkPoolRunsOffTheLoopAndComesBack) {
    WorkPool pool(2);
    EXPECT_TRUE(run_on<bool>(loops_[0], [&] { return job_runs_elsewhere(pool); }));
    EXPECT_TRUE(run_on<bool>(loops_[1], [&] { return job_throws(pool); }));
}

TEST_F(NetTest, StoppingLoopsWithOpenSessionsIsSafe) {
    listen();
    TlsPeer client(port());
    client.send("x");
    EXPECT_EQ(client.read_some(), "x");
    const TcpPeer silent(port());
    loops_.stop();  // sessions, handshakes and the acceptor are pending
    EXPECT_GE(listener_->sessions(), 1U);
    listener_.reset();
}

}  // namespace
}  // namespace opencapf::net

// SPDX-License-Identifier: Apache-2.0
#include "opencapf/net/endpoint_check.hpp"

#include "support/loops.hpp"
#include "support/raw_tls_server.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace opencapf::net {
namespace {

using test::Issued;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr const char* kHost = "ca.example.test";

test::CertificateSpec server_spec() {
    test::CertificateSpec spec;
    spec.common_name = "web server";
    spec.dns_name = kHost;
    return spec;
}

/// A TCP port of ours that accepts, and then says nothing; or refuses.
class DeafPort {
public:
    explicit DeafPort(bool listening) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(0, ::bind(socket_, generic, size));
        EXPECT_EQ(0, listening ? ::listen(socket_, 4) : 0);
        EXPECT_EQ(0, ::getsockname(socket_, generic, &size));
        port_ = ntohs(address.sin_port);
    }
    ~DeafPort() { ::close(socket_); }
    DeafPort(const DeafPort&) = delete;
    DeafPort& operator=(const DeafPort&) = delete;
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

private:
    int socket_;
    std::uint16_t port_ = 0;
};

class EndpointCheckTest : public ::testing::Test {
protected:
    EndpointCheckTest() : loops_(1) { loops_.start(); }
    ~EndpointCheckTest() override { loops_.stop(); }

    EndpointQuestion question(std::uint16_t port) const {
        EndpointQuestion asked;
        asked.host = kHost;
        asked.port = port;
        asked.resolve = {{kHost, "127.0.0.1"}};
        asked.trust = std::make_shared<const x509::TrustStore>(std::vector<x509::Certificate>{root_.certificate});
        asked.trust_place = "the trust directory /trust";
        return asked;
    }
    void run(EndpointQuestion asked) {
        answer_ = test::run_on<EndpointAnswer>(loops_[0], [&] { return check_endpoint(loops_[0], asked); });
        // The stream belongs to its loop, to its end.
        test::run_plain(loops_[0], [this] {
            shook_hands_ = answer_.stream != nullptr;
            answer_.stream.reset();
        });
    }
    void run_against(const Issued& identity, const test::RawTlsServer::Options& options = {}) {
        test::RawTlsServer server(identity, options, [](test::RawConnection& peer) { peer.client_closes(); });
        run(question(server.port()));
    }
    [[nodiscard]] const Check& step(const std::string& what) const {
        const auto found = std::find_if(answer_.checks.begin(), answer_.checks.end(),
                                        [&what](const Check& check) { return check.what == what; });
        if (found == answer_.checks.end()) throw std::runtime_error("no step " + what);
        return *found;
    }
    /// The steps of this state, in order.
    [[nodiscard]] std::vector<std::string> steps(CheckState state) const {
        std::vector<std::string> names;
        for (const auto& check : answer_.checks)
            if (check.state == state) names.push_back(check.what);
        return names;
    }
    void expect_one_bad(const char* what, const std::string& pattern) {
        EXPECT_THAT(steps(CheckState::bad), ElementsAre(what));
        EXPECT_THAT(step(what).found, HasSubstr(pattern));
        EXPECT_FALSE(answer_.usable);
    }

    Issued root_ = test::make_root("Test Root");
    LoopPool loops_;
    EndpointAnswer answer_;
    bool shook_hands_ = false;
};

using namespace endpoint_step;

TEST_F(EndpointCheckTest, AGoodServerIsGoodInEveryStepAndToldInFull) {
    auto spec = server_spec();
    spec.days = 200;
    run_against(test::issue(spec, root_));
    EXPECT_THAT(steps(CheckState::good), ElementsAre(kDns, kTcp, kTls, kIssuer, kName, kDates));
    EXPECT_EQ("ca.example.test is 127.0.0.1 by \"resolve\" of the configuration: no DNS is asked", step(kDns).found);
    EXPECT_THAT(step(kTcp).found, MatchesRegex("127\\.0\\.0\\.1 port [0-9]+ answers after [0-9.]+ ms"));
    EXPECT_THAT(step(kTls).found, MatchesRegex("TLSv1\\.3, 1 certificate; /CN=web server, issued by /CN=Test Root, "
                                               "[0-9-]{10} to [0-9-]{10}"));
    EXPECT_EQ("trusted by /CN=Test Root in the trust directory /trust", step(kIssuer).found);
    EXPECT_THAT(step(kDates).found, HasSubstr("of which /CN=web server ends in 19"));
    EXPECT_TRUE(answer_.genuine);
    EXPECT_TRUE(answer_.usable);
    EXPECT_TRUE(shook_hands_);
}

TEST_F(EndpointCheckTest, AnEndedCertificateIsWrongInItsDatesOnly) {
    auto spec = server_spec();
    spec.days_from = -40;
    spec.days = 30;
    run_against(test::issue(spec, root_));
    expect_one_bad(kDates, "10 days ago");
    EXPECT_THAT(step(kDates).found, MatchesRegex("/CN=web server ended on [0-9-]{10} [0-9:]{8} UTC, 10 days ago"));
    EXPECT_TRUE(answer_.genuine);
    EXPECT_TRUE(shook_hands_) << "the handshake does not stop at it";
}

TEST_F(EndpointCheckTest, ACertificateOfTheFutureIsWrongInItsDatesOnly) {
    auto spec = server_spec();
    spec.days_from = 3;
    run_against(test::issue(spec, root_));
    expect_one_bad(kDates, "is not valid before");
    EXPECT_THAT(step(kDates).found, HasSubstr("in 2 days"));
}

TEST_F(EndpointCheckTest, ACertificateThatEndsSoonHasToBeRenewedAndIsOfUseTillThen) {
    auto spec = server_spec();
    spec.days_from = -100;
    spec.days = 121;
    run_against(test::issue(spec, root_));
    EXPECT_THAT(steps(CheckState::bad), ElementsAre(kDates));
    EXPECT_THAT(step(kDates).found, HasSubstr("ends in 20 days: renew it"));
    EXPECT_TRUE(answer_.usable);
}

TEST_F(EndpointCheckTest, ASelfSignedCertificateIsCalledThat) {
    run_against(test::make_self_signed(server_spec()));
    expect_one_bad(kIssuer, "the server's certificate /CN=web server is signed by itself");
}

TEST_F(EndpointCheckTest, TheMissingIssuerIsNamed) {
    test::CertificateSpec between;
    between.common_name = "Issuing CA";
    between.ca = true;
    run_against(test::issue(server_spec(), test::issue(between, root_)));
    expect_one_bad(kIssuer,
                   "the issuer /CN=Issuing CA of /CN=web server is not in the trust directory /trust, and the server "
                   "does not send it");
    EXPECT_FALSE(answer_.genuine);
}

TEST_F(EndpointCheckTest, ACAsFormerCertificateIsToldFromAMissingOne) {
    run_against(test::issue(server_spec(), test::make_root("Test Root")));
    expect_one_bad(kIssuer, "it has another key");
}

TEST_F(EndpointCheckTest, AWrongNameIsComparedWithTheRightOne) {
    auto spec = server_spec();
    spec.dns_name = "other.example.test";
    run_against(test::issue(spec, root_));
    expect_one_bad(kName, "it is for DNS:other.example.test, and ca.example.test was asked for");
    EXPECT_THAT(steps(CheckState::good), ElementsAre(kDns, kTcp, kTls, kIssuer, kDates));
}

TEST_F(EndpointCheckTest, ARefusedPortLeavesTheRestUnknown) {
    const DeafPort port(false);
    run(question(port.port()));
    EXPECT_THAT(steps(CheckState::good), ElementsAre(kDns));
    EXPECT_THAT(steps(CheckState::unknown), ElementsAre(kTls, kIssuer, kName, kDates));
    expect_one_bad(kTcp, "refused: nobody listens there");
}

TEST_F(EndpointCheckTest, ASilentPeerIsWaitedForNoLongerThanAllowed) {
    const DeafPort port(true);
    auto asked = question(port.port());
    asked.timeout = Duration(80);
    run(std::move(asked));
    EXPECT_THAT(steps(CheckState::good), ElementsAre(kDns, kTcp));
    EXPECT_THAT(steps(CheckState::unknown), ElementsAre(kIssuer, kName, kDates));
    expect_one_bad(kTls, "says nothing within 80 ms");
}

TEST_F(EndpointCheckTest, AnUnknownNameIsTheOnlyThingThatIsWrong) {
    auto asked = question(1);
    asked.host = "nobody.invalid";  // RFC 6761 section 6.4
    run(std::move(asked));
    EXPECT_THAT(steps(CheckState::unknown), ElementsAre(kTcp, kTls, kIssuer, kName, kDates));
    expect_one_bad(kDns, "nobody.invalid");
}

TEST_F(EndpointCheckTest, AServerOfOldTlsIsRefusedAsOurClientsDo) {
    test::RawTlsServer::Options options;
    options.maximum_version = TLS1_1_VERSION;
    run_against(test::issue(server_spec(), root_), options);
    EXPECT_THAT(steps(CheckState::bad), ElementsAre(kTls));
    EXPECT_THAT(steps(CheckState::unknown), ElementsAre(kIssuer, kName, kDates));
}

TEST_F(EndpointCheckTest, OneAddressOfSeveralIsEnough) {
    test::RawTlsServer server(test::issue(server_spec(), root_), {},
                              [](test::RawConnection& peer) { peer.client_closes(); });
    auto asked = question(server.port());
    asked.resolve = {{kHost, "localhost"}};  // ::1 as well where the machine has it, and there nobody listens
    run(std::move(asked));
    EXPECT_THAT(steps(CheckState::good), ElementsAre(kDns, kTcp, kTls, kIssuer, kName, kDates));
    EXPECT_THAT(step(kDns).found, HasSubstr("is localhost by \"resolve\" of the configuration, which is "));
}

TEST_F(EndpointCheckTest, AResolveThatLeadsNowhereIsBad) {
    auto asked = question(1);
    asked.resolve = {{kHost, "nobody.invalid"}};
    run(std::move(asked));
    expect_one_bad(kDns, "ca.example.test is nobody.invalid by \"resolve\" of the configuration, which has no address");
}

TEST_F(EndpointCheckTest, BracketsOfIpv6AreNoPartOfTheAddress) {
    const DeafPort port(false);
    auto asked = question(port.port());
    asked.resolve = {{kHost, "[::1]"}};
    run(std::move(asked));
    EXPECT_THAT(steps(CheckState::good), ElementsAre(kDns));
    EXPECT_THAT(step(kTcp).found, HasSubstr("::1 port "));
}

TEST_F(EndpointCheckTest, AnAddressIsAskedAsItIs) {
    auto spec = server_spec();
    test::RawTlsServer server(test::issue(spec, root_), {}, [](test::RawConnection& peer) { peer.client_closes(); });
    auto asked = question(server.port());
    asked.host = "127.0.0.1";
    run(std::move(asked));
    EXPECT_THAT(step(kDns).found, HasSubstr("is an address"));
    expect_one_bad(kName, "and 127.0.0.1 was asked for");
}

}  // namespace
}  // namespace opencapf::net

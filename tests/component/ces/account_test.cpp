// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/password_hash.hpp"
#include "raw_est.hpp"

#include <gmock/gmock.h>

namespace opencapf::ces {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class StaticAccountsOfCesd : public RawEst {
protected:
    Config with_accounts(std::vector<AuthWay> auth) {
        write_file_atomically(dir_.file("accounts"), "# who may\n\nJane:" + hash_password(Secret("pass:word")) + "\n",
                              0600);
        Config settings = config();
        settings.est.accounts = dir_.file("accounts");
        settings.est.base.auth = std::move(auth);
        return settings;
    }
    unsigned enrol_as(const std::string& user, const std::string& password) {
        return status(nullptr, request("simpleenroll", csr_body(), basic(user, password)));
    }
};

TEST_F(StaticAccountsOfCesd, S47_AreCheckedHereAndCesdsAccountAsksTheCa) {
    start(with_accounts({AuthWay::static_account}));
    EXPECT_EQ(enrol_as("Jane", "wrong"), 401U);
    EXPECT_EQ(enrol_as("nobody", "pass:word"), 401U);
    EXPECT_EQ(enrol_as("LAB\\ciscora", "secret"), 401U);
    EXPECT_TRUE(ca_->take_log().empty());
    EXPECT_EQ(enrol_as("Jane", "pass:word"), 200U);
    EXPECT_EQ(enrol_as("jane", "pass:word"), 200U);  // remembered
    EXPECT_THAT(log_text("error.log"), AllOf(Not(HasSubstr("pass:word")), Not(HasSubstr("wrong"))));
}

TEST_F(StaticAccountsOfCesd, S47_OthersMayStillLogInAtTheCa) {
    start(with_accounts({AuthWay::certsrv_login, AuthWay::static_account}));
    EXPECT_EQ(enrol_as("Jane", "pass:word"), 200U);
    ca_->take_log();
    EXPECT_EQ(enrol_as("Jane", "secret"), 401U);  // of a known account: the CA must not count it
    EXPECT_TRUE(ca_->take_log().empty());
    EXPECT_EQ(enrol_as("LAB\\ciscora", "secret"), 200U);
}

TEST_F(StaticAccountsOfCesd, ABrokenFileStopsTheStart) {
    Config settings = with_accounts({AuthWay::static_account});
    write_file_atomically(dir_.file("accounts"), "Jane:plain text\n", 0600);
    EXPECT_THROW(start(settings), std::runtime_error);
    write_file_atomically(dir_.file("accounts"), "Jane:" + hash_password(Secret("a")) + "\n", 0644);
    EXPECT_THROW(start(settings), std::runtime_error);
}

class MoreListeners : public RawEst {};

TEST_F(MoreListeners, S19_AListenerHasItsOwnWrapAndLabel) {
    Config settings = config();
    ProfileConfig label;
    label.label = "asking";
    label.csrattrs.oids = {"1.2.840.113549.1.9.7"};
    settings.est.labels = {label};
    EstListenerConfig flat;
    flat.name = "flat";
    flat.listen = {"127.0.0.1", 0};
    flat.label = "asking";
    flat.wrap = est::Wrap::one_line;
    settings.listeners = {flat};
    start(std::move(settings));
    const auto ask_at = [](std::uint16_t port, const std::string& path) {
        Peer peer(port);
        peer.send("GET /.well-known/est/" + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        const auto answer = peer.read_answer();
        return answer.substr(answer.find("\r\n\r\n") + 4);
    };
    const auto flat_port = cesd_->port("flat");
    ASSERT_NE(flat_port, 0);
    const auto flat_text = ask_at(flat_port, "cacerts");
    EXPECT_EQ(flat_text.find('\n'), flat_text.size() - 1);
    EXPECT_EQ(ask_at(cesd_->port(), "cacerts").find('\n'), 64U);
    EXPECT_EQ(ask_at(flat_port, "csrattrs"), "MAsGCSqGSIb3DQEJBw==\n");
    EXPECT_EQ(ask_at(cesd_->port(), "csrattrs"), "");
}

TEST_F(MoreListeners, S01_HeadIsAnsweredWithoutBody) {
    start();
    Peer peer(cesd_->port());
    peer.send("HEAD /.well-known/est/cacerts HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto answer = peer.read_answer(true);
    EXPECT_THAT(answer, AllOf(testing::StartsWith("HTTP/1.1 200 "), testing::EndsWith("\r\n\r\n"),
                              HasSubstr("Content-Type: application/pkcs7-mime\r\n")));
}

}  // namespace
}  // namespace opencapf::ces

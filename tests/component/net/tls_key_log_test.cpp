// SPDX-License-Identifier: Apache-2.0
#include "opencapf/net/tls_key_log.hpp"

#include "support/tls_peer.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

namespace opencapf::net {
namespace {

class TlsKeyLog : public testing::Test {
protected:
    ~TlsKeyLog() override { set_tls_key_log(""); }
    [[nodiscard]] std::string path(const std::string& name) const { return directory_.file(name); }
    static std::string content(const std::string& file) {
        std::ifstream in(file);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    /// What OpenSSL does with a secret, and whether it would do it at all.
    static bool give_secret(const char* line) {
        SSL_CTX* context = SSL_CTX_new(TLS_method());
        apply_tls_key_log(context);
        const auto callback = SSL_CTX_get_keylog_callback(context);
        if (callback != nullptr) callback(nullptr, line);
        SSL_CTX_free(context);
        return callback != nullptr;
    }

private:
    test::TempDir directory_;
};

TEST_F(TlsKeyLog, IsOffUnlessAFileIsNamed) {
    EXPECT_EQ("", tls_key_log_file());
    EXPECT_FALSE(give_secret("CLIENT_RANDOM 00 11"));
}

TEST_F(TlsKeyLog, AppendsLinesToAFileOfItsOwner) {
    const auto file = path("keys");
    set_tls_key_log(file);
    EXPECT_EQ(file, tls_key_log_file());
    EXPECT_TRUE(give_secret("CLIENT_RANDOM 00 11"));
    set_tls_key_log("");
    EXPECT_FALSE(give_secret("CLIENT_RANDOM 22 33"));
    set_tls_key_log(file);
    EXPECT_TRUE(give_secret("CLIENT_RANDOM 44 55"));
    EXPECT_EQ("CLIENT_RANDOM 00 11\nCLIENT_RANDOM 44 55\n", content(file));
    struct stat status {};
    ASSERT_EQ(0, ::stat(file.c_str(), &status));
    EXPECT_EQ(0600U, status.st_mode & 0777U);
}

TEST_F(TlsKeyLog, AContextThatWroteBeforeTheSwitchWasTurnedOffWritesNothing) {
    set_tls_key_log(path("keys"));
    SSL_CTX* context = SSL_CTX_new(TLS_method());
    apply_tls_key_log(context);
    set_tls_key_log("");
    SSL_CTX_get_keylog_callback(context)(nullptr, "CLIENT_RANDOM 00 11");
    SSL_CTX_free(context);
    EXPECT_EQ("", content(path("keys")));
}

TEST_F(TlsKeyLog, RefusesAFileThatOthersMayReadAndKeepsTheOldOne) {
    std::ofstream(path("open")) << "";
    std::filesystem::permissions(path("open"), std::filesystem::perms{0640});
    set_tls_key_log(path("keys"));
    EXPECT_THROW(set_tls_key_log(path("open")), std::runtime_error);
    EXPECT_EQ(path("keys"), tls_key_log_file());
}

TEST_F(TlsKeyLog, RefusesLinksAndDirectories) {
    std::filesystem::create_symlink(path("elsewhere"), path("link"));
    EXPECT_THROW(set_tls_key_log(path("link")), std::runtime_error);
    EXPECT_FALSE(std::filesystem::exists(path("elsewhere")));
    EXPECT_THROW(set_tls_key_log(path("")), std::runtime_error);
    EXPECT_THROW(set_tls_key_log(path("missing/keys")), std::runtime_error);
}

TEST_F(TlsKeyLog, EveryContextThatIsMadeAfterwardsWrites) {
    const test::ServerPki pki;
    const auto writes = [](const SSL_CTX* context) { return SSL_CTX_get_keylog_callback(context) != nullptr; };
    const TlsServerContext before = pki.context();
    EXPECT_FALSE(writes(before.native()));
    set_tls_key_log(path("keys"));
    EXPECT_FALSE(writes(before.native()));
    EXPECT_TRUE(writes(pki.context().native()));
    EXPECT_TRUE(writes(TlsClientContext(TlsClientConfig{}).native()));
}

}  // namespace
}  // namespace opencapf::net

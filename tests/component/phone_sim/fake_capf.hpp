// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/capf_protocol/server_session.hpp"
#include "opencapf/net/listener.hpp"
#include "opencapf/net/loop.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

#include <map>
#include <mutex>

namespace opencapf::phone_sim::testing {

/// What the server does with a phone.
struct Script {
    enum class Operation { install, fetch, remove, nothing, unknown };
    Operation operation = Operation::install;
    capf_protocol::KeySpec key{capf_protocol::KeyType::rsa, 1024, capf_protocol::Curve::p256};  ///< quick to make
    std::string auth_string;                                                                    ///< empty = null string
    /// What phones must prove their identity with: certificates that chain to one of these or to the server's own.
    std::optional<std::vector<x509::Certificate>> phone_trust;
    bool fetch_mic = false;        ///< fetch: the MIC after the LSC
    bool deliver_later = false;    ///< like an Offline CA: the certificate comes in the phone's second session
    net::Duration renew_after{0};  ///< > 0: each phone gets an LSC again when its last one is so old, else nothing
    bool expired = false;          ///< issue certificates that are no longer valid
    bool legacy = false;           ///< TLS 1.0 is allowed
    bool sign = false;             ///< use the sign exchange with phones of version 3
    bool certificate_for_other_key = false;
    bool request_for_other_key = false;
    int close_instead_of_end = 0;     ///< so many sessions end without END_SESSION
    int lose_after_key = 0;           ///< so many connections end after the key, whose certificate comes in the next
    bool miss_confirmation = false;   ///< a session that close_instead_of_end ends knows of no stored LSC
    bool forget_after_store = false;  ///< after a stored LSC nothing is pending any more
    bool break_protocol = false;      ///< sends garbage instead of AUTH_REQUEST
    bool silent = false;              ///< never answers
};

/// A CAPF server in this process: the real protocol and TLS, a script instead of a database and a CA.
class FakeCapf {
public:
    explicit FakeCapf(Script script);
    ~FakeCapf();

    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(listener_->port()); }
    [[nodiscard]] std::uint16_t port() const { return listener_->port(); }
    [[nodiscard]] const x509::Certificate& certificate() const { return ca_.certificate; }
    [[nodiscard]] std::string trust_file() const { return directory_.file("capf.pem"); }
    /// What happened, in order, over all sessions: "auth NAME", "identity CN", "sudi CN", "no identity TEXT",
    /// "progress", "key", "wrong key", "signed", "stored", "fetched CN", "refusal", "error TEXT", "lost".
    [[nodiscard]] std::vector<std::string> story() const;
    [[nodiscard]] std::size_t count(const std::string& entry) const;

private:
    struct Conversation;
    Task<> serve(net::Loop& loop, std::unique_ptr<net::Stream> stream);
    void note(std::string entry);

    Script script_;
    test::TempDir directory_;
    /// Also signs the LSCs, like CAPF's own.
    test::Issued ca_ = test::make_root("CAPF-test");
    mutable std::mutex mutex_;  // guards all that changes below
    std::vector<std::string> story_;
    std::uint32_t sessions_ = 0;
    std::map<std::string, Bytes> waiting_;  // keys whose certificate comes later, by phone
    std::map<std::string, std::chrono::steady_clock::time_point> installed_;
    int closed_ = 0;
    bool stored_ = false;
    net::LoopPool loops_{2};
    std::unique_ptr<net::Listener> listener_;
};

}  // namespace opencapf::phone_sim::testing

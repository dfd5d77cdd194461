// SPDX-License-Identifier: Apache-2.0
#include "component/phone_sim/fake_capf.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/capf_protocol/identity.hpp"
#include "opencapf/x509/request.hpp"

#include <algorithm>
#include <array>

namespace opencapf::phone_sim::testing {

using namespace capf_protocol;
using net::Duration;

namespace {
constexpr Duration kTimeout{20'000};
}

/// One session; lives in the frame of serve().
struct FakeCapf::Conversation {
    FakeCapf& server;
    net::Stream& stream;
    ServerSession session;
    FrameReader reader{};
    std::string name{};
    std::optional<x509::PublicKey> key{};
    int fetches = 0;
    Bytes request_info{};

    Task<Result<ServerEvent>> next();
    Task<bool> send(Frame frame);
    Task<> talk();
    Frame after_auth(const AuthReceived& auth);
    Frame after_fetch();
    Result<Frame> after_key(const KeyGenerated& made);
    Frame store();
    bool proves_identity(const AuthReceived& auth);
    bool due();
    std::optional<Bytes> take_waiting();
    bool lost_after_key(const ServerEvent& event);
};

Task<Result<ServerEvent>> FakeCapf::Conversation::next() {
    while (true) {
        auto frame = reader.next();
        if (!frame) co_return fail(frame.error());
        if (*frame) co_return session.receive(**frame);
        std::array<std::uint8_t, 4096> buffer;
        const auto count = co_await stream.read_some(buffer, kTimeout);
        if (!count) co_return fail(count.error());
        reader.feed(ByteView(buffer).first(*count));
    }
}

Task<bool> FakeCapf::Conversation::send(Frame frame) {
    const Bytes wire = encode(frame);
    const auto written = co_await stream.write(wire, kTimeout);
    co_return written.has_value();
}

bool FakeCapf::Conversation::proves_identity(const AuthReceived& auth) {
    const auto proven = verify_identity(auth.response, session.session_id(), auth.version);
    if (!proven) {
        server.note("no identity " + proven.error().message);
        return false;
    }
    auto trusted = *server.script_.phone_trust;
    trusted.push_back(server.ca_.certificate);
    const auto chain = x509::TrustStore(trusted).verify(proven->certificate);
    if (!chain) {
        server.note("no identity " + chain.error().message);
        return false;
    }
    server.note("identity " + proven->certificate.common_name());
    if (proven->sudi) server.note("sudi " + proven->sudi->common_name());
    return true;
}

bool FakeCapf::Conversation::due() {
    if (server.script_.renew_after.count() == 0) return true;
    const std::lock_guard lock(server.mutex_);
    const auto last = server.installed_.find(name);
    return last == server.installed_.end() ||
           std::chrono::steady_clock::now() - last->second >= server.script_.renew_after;
}

std::optional<Bytes> FakeCapf::Conversation::take_waiting() {
    const std::lock_guard lock(server.mutex_);
    const auto waiting = server.waiting_.find(name);
    if (waiting == server.waiting_.end()) return std::nullopt;
    Bytes spki = std::move(waiting->second);
    server.waiting_.erase(waiting);
    return spki;
}

/// The server's answer to AUTH_RESPONSE.
Frame FakeCapf::Conversation::after_auth(const AuthReceived& auth) {
    name = auth.response.device_name;
    server.note("auth " + name);
    const auto& script = server.script_;
    const bool right = auth.response.password.value_or(Secret()).equals(script.auth_string);
    if (script.operation == Script::Operation::unknown) return session.end(Reason::unknown_device);
    bool pending = script.operation != Script::Operation::nothing;
    {
        const std::lock_guard lock(server.mutex_);
        if (script.forget_after_store && server.stored_) pending = false;
    }
    if (!pending) return session.end_nothing_pending();
    if (!right || (script.phone_trust && !proves_identity(auth))) return session.end(Reason::refused);
    if (!due()) return session.end_nothing_pending();
    if (const auto spki = take_waiting()) {
        key = x509::PublicKey::from_spki_der(*spki).value();
        return store();
    }
    if (script.operation == Script::Operation::fetch) return session.request_fetch();
    if (script.operation == Script::Operation::remove) return session.request_delete();
    return session.request_key(script.key).value();
}

Frame FakeCapf::Conversation::after_fetch() {
    if (++fetches == 1 && server.script_.fetch_mic) return session.request_fetch(CertificateType::mic);
    return session.end(Reason::no_action);
}

Result<Frame> FakeCapf::Conversation::after_key(const KeyGenerated& made) {
    auto parsed = x509::PublicKey::from_spki_der(made.spki);
    if (!parsed) return fail(parsed.error());
    const auto& asked = server.script_.key;
    const int bits = asked.type == KeyType::rsa ? asked.rsa_bits : 256 + 128 * static_cast<int>(asked.curve);
    const bool as_asked = (asked.type == KeyType::ec) == (parsed->type() == x509::KeyType::ec) &&
                          (parsed->bits() == bits || parsed->bits() == 521);
    server.note(as_asked ? "key" : "wrong key");
    if (!as_asked) return fail(Errc::rejected, "not what was asked for");
    if (server.script_.deliver_later) {
        const std::lock_guard lock(server.mutex_);
        server.waiting_[name] = made.spki;
        return session.end(Reason::no_action);
    }
    key = *std::move(parsed);
    if (!server.script_.sign || !session.may_request_signature()) return store();
    const x509::PublicKey& about = server.script_.request_for_other_key ? server.ca_.certificate.public_key() : *key;
    request_info = x509::make_request_info({{"CN", name}}, about.spki_der()).value();
    return session.request_signature(request_info).value();
}

/// Is this where the script cuts the connection?
bool FakeCapf::Conversation::lost_after_key(const ServerEvent& event) {
    const auto* made = std::get_if<KeyGenerated>(&event);
    const std::lock_guard lock(server.mutex_);
    if (made == nullptr || server.closed_ >= server.script_.lose_after_key) return false;
    ++server.closed_;
    server.story_.emplace_back("key lost");
    server.waiting_[name] = made->spki;
    return true;
}

Frame FakeCapf::Conversation::store() {
    const auto other = server.script_.certificate_for_other_key;
    test::CertificateSpec spec{.common_name = name};
    if (server.script_.expired) {
        spec.days_from = -2;
        spec.days = 1;
    }
    const auto lsc = test::make_certificate(spec, other ? server.ca_.certificate.public_key() : *key, server.ca_.key,
                                            &server.ca_.certificate);
    return session.store(lsc.der()).value();
}

Task<> FakeCapf::Conversation::talk() {
    Frame answer = session.start();
    while (true) {
        const bool last = answer.command == Command::end_session;
        const bool sent = co_await send(std::move(answer));
        if (!sent || last) co_return;
        auto event = co_await next();
        if (!event) {
            const bool lost = event.error().code == Errc::closed || event.error().code == Errc::timeout;
            server.note(lost ? "lost" : "error " + event.error().message);
            if (lost) co_return;
            answer = session.end(reason_for(event.error()));
            continue;
        }
        while (std::holds_alternative<KeyInProgress>(*event)) {
            server.note("progress");
            event = co_await next();
            if (!event) co_return;
        }
        if (lost_after_key(*event)) co_return;
        if (const auto* auth = std::get_if<AuthReceived>(&*event)) {
            answer = after_auth(*auth);
        } else if (const auto* made = std::get_if<KeyGenerated>(&*event)) {
            auto next_step = after_key(*made);
            answer = next_step ? *std::move(next_step) : session.end(Reason::refused);
        } else if (const auto* mark = std::get_if<Signed>(&*event)) {
            const bool good = key->verify(x509::Digest::sha256, request_info, mark->signature);
            server.note(good ? "signed" : "bad signature");
            answer = good ? store() : session.end(Reason::refused);
        } else if (std::holds_alternative<Stored>(*event) || std::holds_alternative<Deleted>(*event)) {
            server.note("stored");
            const std::lock_guard lock(server.mutex_);
            server.installed_[name] = std::chrono::steady_clock::now();
            server.stored_ = true;
            if (server.closed_ < server.script_.close_instead_of_end) {
                ++server.closed_;
                if (server.script_.miss_confirmation) server.waiting_[name] = key->spki_der();
                co_return;
            }
            answer = session.end(Reason::success);
        } else if (const auto* fetched = std::get_if<Fetched>(&*event)) {
            server.note("fetched " + x509::Certificate::from_der(fetched->certificate).value().common_name());
            answer = after_fetch();
        } else {
            server.note("refusal");
            answer = std::holds_alternative<FetchRefused>(*event) ? after_fetch() : session.end(Reason::refused);
        }
    }
}

Task<> FakeCapf::serve(net::Loop& /*loop*/, std::unique_ptr<net::Stream> stream) {
    std::uint32_t id = 0;
    {
        const std::lock_guard lock(mutex_);
        id = ++sessions_;
    }
    if (script_.break_protocol) {
        const Bytes garbage(64, 0x20);
        const auto written = co_await stream->write(garbage, kTimeout);
        if (!written) note("lost");
    } else if (script_.silent) {
        std::array<std::uint8_t, 64> buffer;
        const auto count = co_await stream->read_some(buffer, kTimeout);
        note(count ? "data" : "lost");
    } else {
        Conversation conversation{*this, *stream, ServerSession(id)};
        co_await conversation.talk();
    }
    co_await stream->close(Duration(1000));
}

FakeCapf::FakeCapf(Script script) : script_(std::move(script)) {
    write_file_atomically(directory_.file("capf.pem"), ca_.certificate.pem());
    write_file_atomically(directory_.file("capf.key"), ca_.key.to_pem(), 0600);
    net::TlsServerConfig tls;
    tls.certificate_file = directory_.file("capf.pem");
    tls.private_key = directory_.file("capf.key");
    tls.legacy_phones = script_.legacy;
    net::ListenerConfig config;
    config.address = "127.0.0.1";
    const auto session = [this](net::Loop& loop, std::unique_ptr<net::Stream> stream) {
        return serve(loop, std::move(stream));
    };
    listener_ =
        std::make_unique<net::Listener>(loops_, config, net::TlsServerContext(tls), session, net::ListenerEvents());
    loops_.start();
    listener_->start();
}

FakeCapf::~FakeCapf() {
    listener_->drain(Duration(2000));
    loops_.stop();
}

void FakeCapf::note(std::string entry) {
    const std::lock_guard lock(mutex_);
    story_.push_back(std::move(entry));
}

std::vector<std::string> FakeCapf::story() const {
    const std::lock_guard lock(mutex_);
    return story_;
}

std::size_t FakeCapf::count(const std::string& entry) const {
    const auto all = story();
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), entry));
}

}  // namespace opencapf::phone_sim::testing

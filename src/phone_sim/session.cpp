// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/session.hpp"

#include <algorithm>
#include <array>

namespace opencapf::phone_sim {

namespace {

using namespace capf_protocol;
using net::Duration;

constexpr Duration kCloseTimeout{1000};

/// Which outcome an error of the network means for a phone: the one table.
Outcome outcome_of(const Error& error) {
    switch (error.code) {
        case Errc::unreachable:
        case Errc::timeout:
        case Errc::closed:
            return Outcome::communication;
        case Errc::tls:
            return Outcome::untrusted;
        case Errc::protocol:
        case Errc::malformed:
        case Errc::too_large:
            return Outcome::protocol;
        default:
            return Outcome::failed;
    }
}

x509::Digest digest_of(HashCode hash) {
    switch (hash) {
        case HashCode::sha1:
            return x509::Digest::sha1;
        case HashCode::sha512:
            return x509::Digest::sha512;
        case HashCode::sha256:
            break;
    }
    return x509::Digest::sha256;
}

std::string describe(const KeySpec& key) {
    if (key.type == KeyType::ec) return "EC " + std::string(to_string(key.curve));
    return "RSA " + std::to_string(key.rsa_bits);
}

bool contains(ByteView text, ByteView part) {
    return std::search(text.begin(), text.end(), part.begin(), part.end()) != text.end();
}

/// The state of one connection. Lives in the coroutine frame of run_session.
class Session {
public:
    Session(SessionContext context, const PhoneOptions& options, const Memory& memory)
        : context_(context),
          options_(options),
          memory_(memory),
          protocol_(options.profile, options.name, options.auth_string) {}

    Task<SessionResult> run();

private:
    Task<Result<void>> converse();
    Task<Result<Frame>> next_frame();
    Task<Result<void>> send(Frame frame);
    Task<Result<void>> work(std::function<void()> job);
    Task<Result<void>> on_key(KeySpec spec);
    Task<Result<void>> on_sign(SignAsked asked);
    Task<Result<void>> on_store(StoreAsked asked);
    Task<Result<void>> on_fetch();
    Task<Result<void>> on_delete();
    void on_end(Reason reason);
    void show(const std::string& text) const {
        if (context_.show) context_.show(text);
    }
    /// Notes why the operation cannot succeed any more; END_SESSION still follows.
    void fail_operation(std::string why) {
        problem_ = std::move(why);
        show(problem_);
    }

    SessionContext context_;
    const PhoneOptions& options_;
    const Memory& memory_;
    PhoneSession protocol_;
    std::unique_ptr<net::Stream> stream_;
    FrameReader reader_;
    SessionResult result_;
    std::optional<x509::PrivateKey> key_;
    std::string problem_;
    bool answered_ = false;  // the phone did its part of the operation
    int sent_ = 0;
};

Task<SessionResult> Session::run() {
    const auto where = options_.host + ":" + std::to_string(options_.port);
    show("Connecting to CAPF " + where);
    std::string no_server_name;  // phones trust a role, not a name
    auto connected = co_await net::connect(context_.loop, options_.host, options_.port, context_.tls,
                                           std::move(no_server_name), options_.timeout);
    if (!connected) {
        result_.finished = std::chrono::steady_clock::now();
        result_.outcome = outcome_of(connected.error());
        result_.detail = connected.error().message;
        co_return std::move(result_);
    }
    stream_ = *std::move(connected);
    result_.tls_version = stream_->tls_version();
    const auto talked = co_await converse();
    result_.finished = std::chrono::steady_clock::now();
    if (!talked) {
        result_.outcome = outcome_of(talked.error());
        result_.detail = talked.error().message;
    }
    result_.session_id = protocol_.session_id();
    co_await stream_->close(kCloseTimeout);
    co_return std::move(result_);
}

/// Answers frames until END_SESSION.
Task<Result<void>> Session::converse() {
    while (true) {
        const auto frame = co_await next_frame();
        if (!frame) co_return fail(frame.error());
        auto event = protocol_.receive(*frame);
        if (!event) co_return fail(event.error());
        Result<void> done;
        if (const auto* end = std::get_if<Ended>(&*event)) {
            on_end(end->reason);
            co_return done;
        }
        if (std::holds_alternative<AuthAsked>(*event)) {
            Frame answer = protocol_.authenticate();
            done = co_await send(std::move(answer));
        } else if (const auto* key = std::get_if<KeyAsked>(&*event)) {
            done = co_await on_key(key->key);
        } else if (auto* sign = std::get_if<SignAsked>(&*event)) {
            done = co_await on_sign(std::move(*sign));
        } else if (auto* store = std::get_if<StoreAsked>(&*event)) {
            done = co_await on_store(std::move(*store));
        } else if (std::holds_alternative<FetchAsked>(*event)) {
            done = co_await on_fetch();
        } else {
            done = co_await on_delete();
        }
        if (!done) co_return done;
    }
}

Task<Result<Frame>> Session::next_frame() {
    while (true) {
        auto frame = reader_.next();
        if (!frame) co_return fail(frame.error());
        if (*frame) co_return **std::move(frame);
        std::array<std::uint8_t, 4096> buffer;
        const auto count = co_await stream_->read_some(buffer, options_.timeout);
        if (!count) co_return fail(count.error().with("waiting for the server"));
        reader_.feed(ByteView(buffer).first(*count));
    }
}

Task<Result<void>> Session::send(Frame frame) {
    if (options_.fault == Fault::disconnect_after && sent_ >= options_.fault_after) {
        co_return fail(Errc::closed, "left after " + std::to_string(sent_) + " frames, as told by --fault");
    }
    if (options_.fault == Fault::wrong_session) ++frame.session_id;
    ++sent_;
    const Bytes wire = encode(frame);
    if (options_.fault != Fault::split_records) {
        co_return co_await stream_->write(wire, options_.timeout);
    }
    // The header itself in two records, then the body.
    const ByteView all = wire;
    const std::array<ByteView, 3> pieces{all.first(3), all.subspan(3, kHeaderSize - 3), all.subspan(kHeaderSize)};
    for (const ByteView piece : pieces) {
        if (piece.empty()) continue;
        const auto written = co_await stream_->write(piece, options_.timeout);
        if (!written) co_return written;
    }
    co_return Result<void>{};
}

/// Runs `job` on the pool; its exception becomes an error.
Task<Result<void>> Session::work(std::function<void()> job) {
    std::string problem;
    try {
        co_await context_.pool.run(std::move(job));
    } catch (const std::exception& error) {
        problem = error.what();
    }
    if (!problem.empty()) co_return fail(Errc::io, std::move(problem));
    co_return Result<void>{};
}

Task<Result<void>> Session::on_key(KeySpec spec) {
    result_.operation = Operation::install;
    if (!protocol_.supports(spec)) {
        fail_operation("Cannot generate a key of type " + describe(spec));
        Frame refusal = protocol_.key_failed();
        co_return co_await send(std::move(refusal));
    }
    show("Generating key: " + describe(spec));
    if (protocol_.announces(spec)) {
        Frame progress = protocol_.in_progress();
        const auto sent = co_await send(std::move(progress));
        if (!sent) co_return sent;
    }
    std::function<void()> generate = [this, spec] {
        if (memory_.prepared_key) key_ = memory_.prepared_key(spec);
        if (key_) return;
        key_ = spec.type == KeyType::ec ? x509::PrivateKey::generate_ec(std::string(to_string(spec.curve)))
                                        : x509::PrivateKey::generate_rsa(spec.rsa_bits);
    };
    const auto made = co_await work(std::move(generate));
    if (options_.key_delay.count() > 0) co_await context_.loop.sleep(options_.key_delay);
    if (!made) {
        fail_operation("Key generation failed: " + made.error().message);
        Frame failure = protocol_.key_failed();
        co_return co_await send(std::move(failure));
    }
    const Bytes spki = options_.fault == Fault::garbage_key ? Bytes(key_->public_key().spki_der().size(), 0x5a)
                                                            : key_->public_key().spki_der();
    Frame answer = protocol_.key(spki);
    co_return co_await send(std::move(answer));
}

Task<Result<void>> Session::on_sign(SignAsked asked) {
    // A phone must not sign whatever it is sent: the request has to be one for its own new key.
    if (!contains(asked.request_info, key_->public_key().spki_der())) {
        fail_operation("The server asked to sign a request for another key");
        Frame refusal = protocol_.sign_failed();
        co_return co_await send(std::move(refusal));
    }
    show("Signing certificate request");
    Result<Bytes> signature = fail(Errc::crypto, "not signed");
    std::function<void()> sign = [this, &asked, &signature] {
        signature = key_->sign(digest_of(asked.digest), asked.request_info);
    };
    const auto ran = co_await work(std::move(sign));
    if (!ran || !signature) {
        fail_operation("Signing failed: " + (ran ? signature.error().message : ran.error().message));
        Frame failure = protocol_.sign_failed();
        co_return co_await send(std::move(failure));
    }
    Frame answer = protocol_.signature(*signature);
    co_return co_await send(std::move(answer));
}

Task<Result<void>> Session::on_store(StoreAsked asked) {
    show("Storing certificate");
    const auto certificate = x509::Certificate::from_der(asked.certificate);
    if (!certificate) {
        fail_operation("The server sent an unreadable certificate: " + certificate.error().message);
    } else if (!(certificate->public_key() == key_->public_key())) {
        fail_operation("The certificate is not for the phone's key");
    } else if (options_.fault == Fault::store_failure) {
        fail_operation("The certificate cannot be stored, as told by --fault");
    } else {
        std::function<void()> save = [this, &certificate] { memory_.save(*key_, *certificate); };
        const auto saved = co_await work(std::move(save));
        if (saved) {
            result_.changed = true;
            result_.lsc = *certificate;
            answered_ = true;
        } else {
            fail_operation("The certificate cannot be stored: " + saved.error().message);
        }
    }
    Frame answer = protocol_.stored(answered_ ? Reason::success : Reason::refused);
    co_return co_await send(std::move(answer));
}

Task<Result<void>> Session::on_fetch() {
    result_.operation = Operation::fetch;
    std::optional<x509::Certificate> lsc;
    std::function<void()> load = [this, &lsc] { lsc = memory_.lsc(); };
    const auto loaded = co_await work(std::move(load));
    if (!loaded) fail_operation("The LSC cannot be read: " + loaded.error().message);
    if (loaded && !lsc) fail_operation("There is no LSC to show");
    answered_ = lsc.has_value();
    std::optional<Bytes> der;
    if (lsc) der = lsc->der();
    Frame answer = protocol_.fetched(der);
    co_return co_await send(std::move(answer));
}

Task<Result<void>> Session::on_delete() {
    result_.operation = Operation::remove;
    show("Deleting certificate");
    std::function<void()> remove = [this] { answered_ = memory_.remove(); };
    const auto removed = co_await work(std::move(remove));
    if (!removed) fail_operation("The LSC cannot be deleted: " + removed.error().message);
    if (removed && !answered_) fail_operation("There is no LSC to delete");
    result_.changed = answered_;
    Frame answer = protocol_.deleted(answered_ ? Reason::success : Reason::refused);
    co_return co_await send(std::move(answer));
}

void Session::on_end(Reason reason) {
    result_.end_reason = reason;
    const bool content = reason == Reason::success || reason == Reason::no_action;
    if (answered_ && content) {
        result_.outcome = Outcome::done;
        return;
    }
    const auto code = std::to_string(static_cast<unsigned>(reason));
    if (reason == Reason::unknown_device) {
        result_.outcome = Outcome::unknown_device;
        result_.detail = "the server does not know " + options_.name + " (reason " + code + ")";
    } else if (!problem_.empty()) {
        result_.outcome = Outcome::failed;
        result_.detail = problem_;
    } else if (result_.operation != Operation::none) {
        result_.outcome = Outcome::failed;
        result_.detail = "the server gave up (reason " + code + "): its trace says why";
    } else {
        result_.outcome = Outcome::no_change;
        result_.detail = "no operation is pending, or the server refused (reason " + code + ")";
    }
}

}  // namespace

std::string_view to_string(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::done:
            return "done";
        case Outcome::failed:
            return "failed";
        case Outcome::no_change:
            return "no-change";
        case Outcome::unknown_device:
            return "unknown-device";
        case Outcome::communication:
            return "communication-failure";
        case Outcome::untrusted:
            return "tls-failure";
        case Outcome::protocol:
            return "protocol-error";
    }
    return "failed";
}

std::string_view to_string(Operation operation) noexcept {
    switch (operation) {
        case Operation::none:
            return "none";
        case Operation::install:
            return "install";
        case Operation::fetch:
            return "fetch";
        case Operation::remove:
            return "delete";
    }
    return "none";
}

Memory disk_memory(PhoneStore store) {
    Memory memory;
    memory.lsc = [store] { return store.lsc(); };
    memory.save = [store](const x509::PrivateKey& key, const x509::Certificate& lsc) { store.save(key, lsc); };
    memory.remove = [store] { return store.remove(); };
    return memory;
}

Task<SessionResult> run_session(SessionContext context, const PhoneOptions& options, const Memory& memory) {
    Session session(context, options, memory);
    co_return co_await session.run();
}

}  // namespace opencapf::phone_sim

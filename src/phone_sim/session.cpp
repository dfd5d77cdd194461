// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/session.hpp"

#include "opencapf/capf_protocol/invented.hpp"
#include "phone_sim/identity.hpp"
#include "phone_sim/keys.hpp"
#include "phone_sim/link.hpp"

#include <algorithm>

namespace opencapf::phone_sim {

namespace {

using namespace capf_protocol;

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

/// What a phone with the fault wrong_key makes instead.
KeySpec other_than(KeySpec spec) {
    if (spec.type == KeyType::ec) {
        spec.curve = spec.curve == Curve::p256 ? Curve::p384 : Curve::p256;
    } else {
        spec.rsa_bits = spec.rsa_bits == 1024 ? 2048 : 1024;
    }
    return spec;
}

bool contains(ByteView text, ByteView part) {
    return std::search(text.begin(), text.end(), part.begin(), part.end()) != text.end();
}

/// The state of one connection. Lives in the coroutine frame of run_session.
class Session {
public:
    Session(SessionContext context, const PhoneOptions& options, Server server, Memory& memory)
        : context_(context),
          options_(options),
          server_(std::move(server)),
          memory_(memory),
          protocol_(options.profile, options.name, options.auth_string),
          link_(context.loop, options) {}

    Task<SessionResult> run();

private:
    Task<Result<void>> converse();
    Task<Result<void>> work(std::function<void()> job);
    Task<Result<void>> on_auth();
    Task<Result<void>> on_key(KeySpec spec);
    Task<Result<void>> on_sign(SignAsked asked);
    Task<Result<void>> on_store(StoreAsked asked);
    Task<Result<void>> on_fetch(CertificateType type);
    Task<Result<void>> on_delete();
    Task<> on_end(Reason reason);
    [[nodiscard]] Result<Credential> acceptable(const StoreAsked& asked) const;
    void show(const std::string& text) const {
        options_.tell(event::Screen{text});
        if (context_.show) context_.show(text);
    }
    /// Notes why the operation cannot succeed any more; END_SESSION still follows.
    void fail_operation(std::string why) {
        problem_ = std::move(why);
        show(problem_);
    }
    void fail_session(const Error& error) {
        result_.outcome = outcome_of(error);
        result_.detail = error.message;
    }

    void tell_outcome() const {
        options_.tell(event::Finished{std::string(to_string(result_.outcome)), result_.detail});
    }

    SessionContext context_;
    const PhoneOptions& options_;
    Server server_;
    Memory& memory_;
    PhoneSession protocol_;
    Link link_;
    SessionResult result_;
    std::optional<x509::PrivateKey> key_;
    std::string problem_;
    bool key_sent_ = false;
    bool answered_ = false;  // the phone did its part of the operation
};

Task<SessionResult> Session::run() {
    result_.server = server_.host + ":" + std::to_string(server_.port);
    options_.tell(event::Connecting{result_.server});
    show("Connecting to CAPF " + result_.server);
    const auto connected = co_await link_.connect(server_, context_.tls);
    if (!connected) {
        result_.finished = std::chrono::steady_clock::now();
        fail_session(connected.error());
        tell_outcome();
        co_return std::move(result_);
    }
    result_.tls_version = link_.tls_version();
    const auto talked = co_await converse();
    result_.finished = std::chrono::steady_clock::now();
    if (!talked) fail_session(talked.error());
    tell_outcome();
    result_.session_id = protocol_.session_id();
    co_await link_.close();
    co_return std::move(result_);
}

/// Answers frames until END_SESSION.
Task<Result<void>> Session::converse() {
    while (true) {
        const auto frame = co_await link_.receive();
        if (!frame) co_return fail(frame.error());
        auto event = protocol_.receive(*frame);
        if (!event) co_return fail(event.error());
        Result<void> done;
        if (const auto* end = std::get_if<Ended>(&*event)) {
            co_await on_end(end->reason);
            co_return done;
        }
        if (std::holds_alternative<AuthAsked>(*event)) {
            done = co_await on_auth();
        } else if (const auto* key = std::get_if<KeyAsked>(&*event)) {
            done = co_await on_key(key->key);
        } else if (auto* sign = std::get_if<SignAsked>(&*event)) {
            done = co_await on_sign(std::move(*sign));
        } else if (auto* store = std::get_if<StoreAsked>(&*event)) {
            done = co_await on_store(std::move(*store));
        } else if (const auto* fetch = std::get_if<FetchAsked>(&*event)) {
            done = co_await on_fetch(fetch->type);
        } else {
            done = co_await on_delete();
        }
        if (!done) co_return done;
    }
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

Task<Result<void>> Session::on_auth() {
    if (options_.auth == Auth::secret) {
        result_.authenticated_with = options_.auth_string && !options_.auth_string->empty() ? "string" : "null";
        Frame answer = protocol_.authenticate();
        co_return co_await link_.send(std::move(answer));
    }
    Result<ChosenProof> chosen = fail(Errc::crypto, "not signed");
    std::function<void()> prove = [this, &chosen] {
        chosen = prove_identity(options_, memory_, protocol_.session_id());
    };
    const auto ran = co_await work(std::move(prove));
    if (!ran) co_return ran;
    // Without a certificate there is nothing to say: the phone leaves, and its own menu shows why.
    if (!chosen) co_return fail(chosen.error());
    result_.authenticated_with = chosen->with;
    show("Authenticating with the " + std::string(chosen->with == "lsc" ? "LSC" : "MIC"));
    Frame answer = protocol_.authenticate(chosen->proof);
    co_return co_await link_.send(std::move(answer));
}

Task<Result<void>> Session::on_key(KeySpec spec) {
    result_.operation = Operation::install;
    if (!protocol_.supports(spec)) {
        fail_operation("Cannot generate a key of type " + describe(spec));
        Frame refusal = protocol_.key_failed();
        co_return co_await link_.send(std::move(refusal));
    }
    show("Generating key: " + describe(spec));
    if (protocol_.announces(spec)) {
        Frame progress = protocol_.in_progress();
        const auto sent = co_await link_.send(std::move(progress));
        if (!sent) co_return sent;
    }
    if (options_.fault == Fault::wrong_key) spec = other_than(spec);
    std::function<void()> generate = [this, spec] {
        key_ = memory_.prepared_key(spec);
        if (!key_) key_ = generate_key(spec);
    };
    const auto made = co_await work(std::move(generate));
    const auto delay = key_delay_of(options_);
    if (delay.count() > 0) co_await context_.loop.sleep(delay);
    if (!made) {
        fail_operation("Key generation failed: " + made.error().message);
        Frame failure = protocol_.key_failed();
        co_return co_await link_.send(std::move(failure));
    }
    const Bytes spki = options_.fault == Fault::garbage_key ? Bytes(key_->public_key().spki_der().size(), 0x5a)
                                                            : key_->public_key().spki_der();
    // On disk before the server knows it: whatever ends this session, the certificate may come in a later one.
    std::function<void()> keep = [this] { memory_.save_pending(*key_); };
    const auto kept = co_await work(std::move(keep));
    if (!kept) {
        fail_operation("The key cannot be kept: " + kept.error().message);
        Frame failure = protocol_.key_failed();
        co_return co_await link_.send(std::move(failure));
    }
    key_sent_ = true;
    Frame answer = protocol_.key(spki);
    co_return co_await link_.send(std::move(answer));
}

Task<Result<void>> Session::on_sign(SignAsked asked) {
    // A phone must not sign whatever it is sent: the request has to be one for its own new key.
    if (!contains(asked.request_info, key_->public_key().spki_der())) {
        fail_operation("The server asked to sign a request for another key");
        Frame refusal = protocol_.sign_failed();
        co_return co_await link_.send(std::move(refusal));
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
        co_return co_await link_.send(std::move(failure));
    }
    if (options_.fault == Fault::bad_signature && options_.auth == Auth::secret) signature->back() ^= 1U;
    Frame answer = protocol_.signature(*signature);
    co_return co_await link_.send(std::move(answer));
}

/// The certificate with the phone's key that it is for: the one of this session, else one that waits, else that of the
/// LSC, whose confirmation the server may have missed.
Result<Credential> Session::acceptable(const StoreAsked& asked) const {
    const std::vector<x509::PrivateKey> own = key_sent_ ? std::vector<x509::PrivateKey>{*key_} : memory_.keys();
    if (own.empty()) return fail(Errc::rejected, "The server sent a certificate, but no key waits for one");
    auto certificate = x509::Certificate::from_der(asked.certificate);
    if (!certificate) return fail(certificate.error().with("The server sent an unreadable certificate"));
    const auto key = certificate->usable_public_key();
    if (!key) return fail(key.error().with("The server sent a certificate without a usable key"));
    const auto match =
        std::find_if(own.begin(), own.end(), [&key](const auto& candidate) { return candidate.public_key() == *key; });
    if (match == own.end()) return fail(Errc::rejected, "The certificate is not for the phone's key");
    if (options_.fault == Fault::store_failure) {
        return fail(Errc::rejected, "The certificate cannot be stored, as told by --fault");
    }
    return Credential{*match, *std::move(certificate)};
}

Task<Result<void>> Session::on_store(StoreAsked asked) {
    result_.operation = Operation::install;
    show("Storing certificate");
    std::string problem;
    std::function<void()> save = [this, &asked, &problem] {
        const auto accepted = acceptable(asked);
        if (!accepted) {
            problem = accepted.error().message;
            return;
        }
        memory_.save(accepted->key, accepted->certificate);
        result_.lsc = accepted->certificate;
    };
    const auto saved = co_await work(std::move(save));
    if (!saved) problem = "The certificate cannot be stored: " + saved.error().message;
    if (problem.empty()) {
        result_.changed = true;
        answered_ = true;
    } else {
        fail_operation(problem);
    }
    Frame answer = protocol_.stored(answered_ ? Reason::success : Reason::refused);
    co_return co_await link_.send(std::move(answer));
}

Task<Result<void>> Session::on_fetch(CertificateType type) {
    result_.operation = Operation::fetch;
    const std::string what = type == CertificateType::mic ? "MIC" : "LSC";
    std::optional<x509::Certificate> certificate;
    std::function<void()> load = [this, type, &certificate] {
        certificate = type == CertificateType::mic ? memory_.store().mic() : memory_.store().lsc();
    };
    const auto loaded = co_await work(std::move(load));
    if (!loaded) fail_operation("The " + what + " cannot be read: " + loaded.error().message);
    if (loaded && !certificate) fail_operation("There is no " + what + " to show");
    answered_ = answered_ || certificate.has_value();
    std::optional<Bytes> der;
    if (certificate) der = certificate->der();
    Frame answer = protocol_.fetched(der);
    co_return co_await link_.send(std::move(answer));
}

Task<Result<void>> Session::on_delete() {
    result_.operation = Operation::remove;
    show("Deleting certificate");
    std::function<void()> remove = [this] { answered_ = memory_.store().remove(); };
    const auto removed = co_await work(std::move(remove));
    if (!removed) fail_operation("The LSC cannot be deleted: " + removed.error().message);
    if (removed && !answered_) fail_operation("There is no LSC to delete");
    result_.changed = answered_;
    Frame answer = protocol_.deleted(answered_ ? Reason::success : Reason::refused);
    co_return co_await link_.send(std::move(answer));
}

Task<> Session::on_end(Reason reason) {
    result_.end_reason = reason;
    options_.tell(event::Ended{reason});
    const bool content = reason == Reason::success || reason == Reason::no_action;
    if (answered_ && content) {
        result_.outcome = Outcome::done;
        co_return;
    }
    // An Offline CA's certificate comes in a later session, for this key.
    result_.pending = key_sent_ && !result_.changed && problem_.empty();
    const auto code = std::to_string(static_cast<unsigned>(reason));
    if (reason == Reason::unknown_device) {
        result_.outcome = Outcome::unknown_device;
        result_.detail = "the server does not know " + options_.name + " (reason " + code + ")";
    } else if (!problem_.empty()) {
        result_.outcome = Outcome::failed;
        result_.detail = problem_;
    } else if (result_.pending && reason == invented::kCertificateComesLater) {
        result_.outcome = Outcome::no_change;
        result_.detail =
            "the certificate is not there yet: the phone keeps its key and asks again (reason " + code + ")";
    } else if (result_.operation != Operation::none) {
        result_.outcome = Outcome::failed;
        result_.detail = "the server gave up (reason " + code + "): its trace says why";
    } else {
        result_.outcome = Outcome::no_change;
        result_.detail = "no operation is pending, or the server refused (reason " + code + ")";
    }
}

}  // namespace

Task<SessionResult> run_session(SessionContext context, const PhoneOptions& options, Server server, Memory& memory) {
    Session session(context, options, std::move(server), memory);
    co_return co_await session.run();
}

}  // namespace opencapf::phone_sim

// SPDX-License-Identifier: Apache-2.0
#include "capf/session.hpp"

#include "capf/ending.hpp"
#include "capf/issuer/issuer.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/capf_protocol/invented.hpp"
#include "opencapf/capf_protocol/server_session.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/x509/request.hpp"

#include <array>
#include <optional>
#include <utility>

namespace opencapf::capf {
namespace {

namespace proto = capf_protocol;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxFrames = 64;  // a session needs six; REQUEST_IN_PROGRESS may repeat
constexpr net::Duration kCloseTimeout{2'000};

class Session {
public:
    Session(Service& service, LoopState& loop, std::unique_ptr<net::Stream> stream)
        : service_(service),
          config_(service.config()),
          loop_(loop),
          issuer_(make_issuer(service, loop)),
          stream_(std::move(stream)),
          protocol_(service.next_session++, options(config_->protocol)),
          reader_(config_->protocol.max_frame_bytes) {}

    Task<> run() {
        service_.trace.emit(
            event::ConnectionOpened{stream_->descriptor(), stream_->remote().address, stream_->tls_version()});
        const Step<void> done = co_await operate_safely();
        leave_select();
        proto::Reason reason = proto::Reason::success;
        if (!done) {
            reason = done.error().answer;
            co_await record(done.error());
        }
        count(service_.metrics, done, device_ ? &*device_ : nullptr, hold_ && hold_->superseded());
        if (connected_) {
            const auto sent = co_await send(protocol_.end(reason));
            connected_ = sent.has_value();
        }
        co_await stream_->close(kCloseTimeout);
    }

private:
    static proto::ServerOptions options(const ProtocolConfig& config) {
        proto::ServerOptions result;
        result.nothing_pending = static_cast<proto::Reason>(config.nothing_pending_reason);
        return result;
    }

    // A disk or database that fails must not leave the phone without an answer; the operation stays armed.
    Task<Step<void>> operate_safely() {
        std::string defect;
        try {
            co_return co_await operate();
        } catch (const std::exception& error) {
            defect = error.what();
        }
        log::error("session " + std::to_string(protocol_.session_id()) + ": " + defect);
        service_.trace.emit(event::Refused{{protocol_.session_id(), phone_.device}, "Internal failure: " + defect});
        co_return stop({proto::Reason::refused, std::nullopt, true, defect, Errc::internal});
    }

    // The operation as the protocol tells it; every step says by itself how it may end.
    Task<Step<void>> operate() {
        const auto authenticated = co_await authenticate();
        if (!authenticated) co_return stop(authenticated.error());
        service_.metrics.took(Phase::auth, watch_.lap());
        const auto key = co_await generate_key();
        if (!key) co_return stop(key.error());
        service_.metrics.took(Phase::key, watch_.lap());
        IssueRequest wanted{phone_, *device_, *key, std::nullopt, stream_->descriptor()};
        if (issuer_->needs_request()) {
            auto request = co_await build_request(*key);
            if (!request) co_return stop(request.error());
            wanted.csr = std::move(*request);
            service_.metrics.took(Phase::sign, watch_.lap());
        }
        const auto issued = co_await issuer_->issue(std::move(wanted));
        if (!issued) co_return not_issued(issued.error());
        watch_.lap();  // that time is told by the issuer
        co_return co_await deliver(*issued, *key);
    }

    Task<Step<void>> authenticate();
    Step<void> check_operation(const Device& device) const;
    Task<Step<x509::PublicKey>> generate_key();
    Task<Step<x509::CertificateRequest>> build_request(x509::PublicKey key);
    Task<Step<Bytes>> ask_signature(x509::PublicKey key, Bytes info);
    Task<Step<void>> deliver(Issued issued, x509::PublicKey key);
    Task<Step<void>> confirm(Issued issued, x509::PublicKey key);
    [[nodiscard]] ConfirmedLsc confirmed_lsc(const Issued& issued, const x509::PublicKey& key) const;
    Task<> record(Ending ending);
    void leave_select() {
        if (std::exchange(in_select_, false)) service_.trace.emit(event::SelectLeft{device_->name});
    }

    bool phone_signs() const {
        if (!protocol_.may_request_signature()) return false;
        for (const auto& prefix : config_->signing_phones)
            if (iequals(std::string_view(phone_.device).substr(0, prefix.size()), prefix)) return true;
        return false;
    }

    static tl::unexpected<Ending> fails(OperationResult result, std::string why) {
        return stop({proto::Reason::refused, result, false, std::move(why)});
    }

    static tl::unexpected<Ending> not_issued(const IssueFailure& failure) {
        if (failure.pending) return stop({proto::Reason::success, std::nullopt, true, failure.detail});
        return fails(failure.result, failure.detail);
    }

    Task<Result<void>> send(proto::Frame frame) {
        service_.trace.emit(event::Message{proto::to_string(frame.command)});
        const Bytes bytes = proto::encode(frame);
        const auto sent = co_await stream_->write(bytes, config_->protocol.write_timeout);
        if (!sent) connected_ = false;
        co_return sent;
    }

    // Sends what starts a step and waits for the phone's answer.
    Task<Step<proto::ServerEvent>> ask(proto::Frame frame, net::Duration timeout) {
        const auto sent = co_await send(std::move(frame));
        if (!sent) co_return lost(sent.error());
        co_return co_await answer(timeout);
    }

    Task<Step<proto::ServerEvent>> answer(net::Duration timeout) {
        const auto frame = co_await read_frame(timeout);
        if (!frame) co_return lost(frame.error());
        service_.trace.emit(event::Message{proto::to_string(frame->command)});
        const auto state = protocol_.state();
        auto event = protocol_.receive(*frame);
        if (!event) co_return lost(event.error());
        if (phone_.session != 0) service_.trace.emit(event::StateEvent{phone_, trace_name(*event), trace_name(state)});
        co_return std::move(*event);
    }

    Task<Result<proto::Frame>> read_frame(net::Duration timeout) {
        const auto deadline = Clock::now() + timeout;
        if (++frames_ > kMaxFrames) co_return fail(Errc::protocol, "more messages than any operation needs");
        for (;;) {
            auto frame = reader_.next();
            if (!frame) co_return fail(frame.error());
            if (*frame) co_return std::move(**frame);
            const auto left = std::chrono::duration_cast<net::Duration>(deadline - Clock::now());
            const auto count = co_await stream_->read_some(buffer_, std::max(left, net::Duration(0)));
            if (!count) {
                connected_ = count.error().code == Errc::timeout;
                const bool cut = reader_.pending() > 0;
                co_return fail(cut ? count.error().with("in the middle of a frame") : count.error());
            }
            reader_.feed({buffer_.data(), *count});
        }
    }

    // The phone broke the protocol or went away. Once the device is known that is a communication failure, and the
    // operation stays armed: the phone comes back three times (cucm-capf.md 4.3).
    tl::unexpected<Ending> lost(const Error& error) {
        const auto reason = proto::reason_for(error);
        const std::string answer =
            connected_ ? "END_SESSION reason " + std::to_string(static_cast<int>(reason)) : "by closing";
        service_.trace.emit(event::ProtocolError{protocol_.session_id(), phone_.device, error.message, answer});
        Ending ending{reason, std::nullopt, true, error.message, error.code};
        if (phone_.session != 0) ending.result = OperationResult::phone_communication;
        return stop(std::move(ending));
    }

    Service& service_;
    const std::shared_ptr<const Config> config_;
    LoopState& loop_;
    const std::unique_ptr<Issuer> issuer_;
    std::unique_ptr<net::Stream> stream_;
    proto::ServerSession protocol_;
    proto::FrameReader reader_;
    std::array<std::uint8_t, 4096> buffer_{};
    std::size_t frames_ = 0;
    bool connected_ = true;
    bool in_select_ = false;  ///< the trace is inside Select(<DEV>)
    event::Phone phone_;      ///< session 0 until the phone is authenticated
    std::optional<Device> device_;
    std::unique_ptr<ActiveDevices::Hold> hold_;
    std::int64_t unconfirmed_id_ = 0;  ///< of the certificate that is on its way to the phone
    metrics::Stopwatch watch_;
};

Task<Step<void>> Session::authenticate() {
    const auto event = co_await ask(protocol_.start(), config_->protocol.auth_timeout);
    if (!event) co_return stop(event.error());
    const auto& response = std::get<proto::AuthReceived>(*event).response;
    device_ = co_await service_.devices.find(response.device_name);
    const event::Phone phone{protocol_.session_id(), device_ ? device_->name : response.device_name};
    if (!device_) {
        service_.trace.emit(event::UnknownDevice{phone.session, response.device_name});
        co_return stop({proto::Reason::unknown_device, std::nullopt, true, "unknown device " + response.device_name});
    }
    // What the product's variable holds before the read is the first mode (seen in the tech note).
    service_.trace.emit(event::DeviceSelected{*device_, AuthMode::string});
    in_select_ = true;
    if (device_->operation == Operation::none) {
        service_.trace.emit(event::NothingPending{phone});
        const auto reason = static_cast<proto::Reason>(config_->protocol.nothing_pending_reason);
        co_return stop({reason, std::nullopt, true, device_->name + ": no operation is pending"});
    }
    if (const auto allowed = check_operation(*device_); !allowed) {
        service_.trace.emit(event::Refused{phone, allowed.error().why});
        co_return allowed;
    }
    const std::string_view password = response.password ? response.password->reveal() : std::string_view();
    if (device_->auth_mode == AuthMode::string && !device_->auth_string.equals(password)) {
        service_.trace.emit(event::Refused{phone, "Authentication string does not match"});
        co_return stop({proto::Reason::refused, OperationResult::bad_auth_string, true, "wrong authentication string"});
    }
    phone_ = phone;
    auto break_session = [&loop = loop_.loop, breaker = stream_->breaker()] { loop.post(breaker); };
    hold_ = service_.active.acquire(device_->name, std::move(break_session));
    co_return Step<void>{};
}

Step<void> Session::check_operation(const Device& device) const {
    if (!device.finish_by.empty()) {
        const auto deadline = parse_finish_time(device.finish_by);
        if (!deadline || std::chrono::system_clock::now() > *deadline)
            return fails(OperationResult::late, "Operation Should Finish By " + device.finish_by + ", too late");
    }
    const bool known = device.operation == Operation::install && device.key_order == KeyOrder::rsa_only &&
                       (device.auth_mode == AuthMode::string || device.auth_mode == AuthMode::null_string);
    if (!known)
        return stop({proto::Reason::refused, std::nullopt, true, "The operation is not supported by this version"});
    return {};
}

Task<Step<x509::PublicKey>> Session::generate_key() {
    const auto& limits = config_->protocol;
    proto::KeySpec spec;
    spec.rsa_bits = static_cast<std::uint16_t>(device_->rsa_bits);
    auto request = protocol_.request_key(spec);
    if (!request) co_return lost(request.error());
    service_.trace.emit(event::KeyRequested{phone_, device_->rsa_bits});
    auto event = co_await ask(std::move(*request), limits.key_generation_timeout);
    auto deadline = Clock::now() + limits.key_generation_timeout;
    for (unsigned restarts = 0; event && std::holds_alternative<proto::KeyInProgress>(*event);) {
        if (restarts++ < limits.key_generation_attempts) deadline = Clock::now() + limits.key_generation_timeout;
        const auto left = std::chrono::duration_cast<net::Duration>(deadline - Clock::now());
        event = co_await answer(left);
    }
    if (!event) {
        Ending ending = event.error();
        if (ending.cause == Errc::timeout)
            ending = {proto::Reason::refused, OperationResult::timed_out, false, "no key from the phone in time",
                      Errc::timeout};
        co_return stop(std::move(ending));
    }
    if (const auto* refused = std::get_if<proto::KeyGenerationFailed>(&*event))
        co_return fails(OperationResult::timed_out,
                        "the phone could not make a key, reason " + std::to_string(static_cast<int>(refused->reason)));
    const Bytes& spki = std::get<proto::KeyGenerated>(*event).spki;
    service_.trace.emit(event::KeyReceived{phone_, spki.size()});
    auto key = x509::PublicKey::from_spki_der(spki);
    if (!key) co_return fails(OperationResult::timed_out, "the phone's key is unusable: " + key.error().message);
    if (key->type() != x509::KeyType::rsa || key->bits() != device_->rsa_bits)
        co_return fails(OperationResult::timed_out, "the phone made another key than it was asked for");
    co_return std::move(*key);
}

Task<Step<x509::CertificateRequest>> Session::build_request(x509::PublicKey key) {
    const std::vector<x509::NameEntry> subject{{"CN", certificate_name(*device_)}};
    const auto info = x509::make_request_info(subject, key.spki_der());
    if (!info) co_return fails(OperationResult::failed, info.error().message);
    const bool by_phone = phone_signs();
    Bytes der;
    if (by_phone) {
        const auto signature = co_await ask_signature(key, *info);
        if (!signature) co_return stop(signature.error());
        der = x509::assemble_request(*info, key.type(), *signature);
    } else if (config_->allow_unsigned_requests) {
        der = x509::assemble_unsigned_request(*info);
    } else {
        co_return fails(OperationResult::failed, "the phone cannot sign a request, and allow_unsigned_requests is off");
    }
    const auto built = x509::CertificateRequest::from_der(der);
    if (!built) co_return fails(OperationResult::failed, built.error().message);
    std::string pem;
    auto spool = [this, &built, &pem] {
        service_.spool.write_csr(device_->name, built->pem());
        pem = service_.spool.read_csr(device_->name);
    };
    std::function<void()> job(std::ref(spool));
    co_await service_.workers.run(std::move(job));
    service_.trace.emit(event::RequestBuilt{phone_, by_phone, service_.spool.csr_path(device_->name)});
    auto request = x509::CertificateRequest::from_text(pem);
    if (!request) co_return fails(OperationResult::failed, request.error().message);
    co_return std::move(*request);
}

Task<Step<Bytes>> Session::ask_signature(x509::PublicKey key, Bytes info) {
    auto frame = protocol_.request_signature(info);
    if (!frame) co_return fails(OperationResult::failed, frame.error().message);
    const auto event = co_await ask(std::move(*frame), config_->protocol.sign_timeout);
    if (!event) co_return stop(event.error());
    const auto* answer = std::get_if<proto::Signed>(&*event);
    if (answer == nullptr) co_return fails(OperationResult::failed, "the phone refused to sign its request");
    if (!key.verify(x509::Digest::sha256, info, answer->signature))
        co_return fails(OperationResult::failed, "the phone's signature does not fit its key");
    co_return answer->signature;
}

Task<Step<void>> Session::deliver(Issued issued, x509::PublicKey key) {
    Bytes der = issued.certificate.der();
    if (issued.in_spool) {
        auto load = [this, &der] { der = service_.spool.read_der(device_->name); };
        std::function<void()> job(std::ref(load));
        co_await service_.workers.run(std::move(job));
        service_.trace.emit(event::CertificateReady{phone_, proto::invented::kEventCaCertReply,
                                                    trace_name(protocol_.state()),
                                                    service_.spool.der_path(device_->name)});
    }
    if (der != issued.certificate.der() || !(issued.certificate.public_key() == key)) {
        service_.trace.emit(event::CertificateUnusable{phone_, "its key is not the phone's"});
        co_return fails(OperationResult::failed, "the certificate's key is not the phone's");
    }
    // The trace names the removal here, where the product does it. Ours happens after the phone's confirmation, so that
    // nothing is lost when the phone vanishes now.
    if (issued.in_spool)
        service_.trace.emit(event::CertificateVerified{phone_, service_.spool.csr_path(device_->name)});
    const std::int64_t issued_at = unix_seconds(std::chrono::system_clock::now());
    unconfirmed_id_ = co_await service_.unconfirmed.add(device_->name, der, issued_at);
    auto frame = protocol_.store(der);
    if (!frame) co_return fails(OperationResult::failed, frame.error().message);
    service_.trace.emit(event::StoreSent{phone_});
    const auto event = co_await ask(std::move(*frame), config_->protocol.store_timeout);
    if (!event) co_return stop(event.error());
    if (const auto* refused = std::get_if<proto::StoreRefused>(&*event))
        co_return fails(OperationResult::failed, "the phone could not store the certificate, reason " +
                                                     std::to_string(static_cast<int>(refused->reason)));
    service_.metrics.took(Phase::store, watch_.lap());
    leave_select();
    co_return co_await confirm(std::move(issued), std::move(key));
}

ConfirmedLsc Session::confirmed_lsc(const Issued& issued, const x509::PublicKey& key) const {
    const x509::Certificate& certificate = issued.certificate;
    ConfirmedLsc lsc;
    lsc.der = certificate.der();
    lsc.public_key = key.inner_key();
    lsc.serial = certificate.serial_hex();
    lsc.issuer_name = certificate.issuer_rfc2253();
    lsc.valid_from = unix_seconds(certificate.not_before());
    lsc.valid_until = unix_seconds(certificate.not_after());
    lsc.issuer_valid_until = issued.issuer_valid_until;
    lsc.unconfirmed_id = unconfirmed_id_;
    return lsc;
}

// From here to the commit nothing may wait for anything but the disk: the phone has its LSC already.
Task<Step<void>> Session::confirm(Issued issued, x509::PublicKey key) {
    const x509::Certificate& certificate = issued.certificate;
    Finish finish;
    finish.arm_count = device_->arm_count;
    finish.status = status_for(Operation::install, OperationResult::success);
    finish.succeeded = true;
    finish.found = confirmed_lsc(issued, key);
    const auto status = finish.status;
    co_await service_.devices.finish(device_->name, std::move(finish));
    unconfirmed_id_ = 0;
    service_.metrics.took(Phase::commit, watch_.lap());
    service_.metrics.enrolment.observe(watch_.total());
    service_.trace.emit(
        event::OperationEnded{device_->name, Operation::install, OperationResult::success, status, Operation::none});
    service_.trace.emit(event::PublicKeyStored{phone_, key.inner_key()});
    auto tidy = [this] { service_.spool.remove_csr(device_->name); };
    std::function<void()> job(std::ref(tidy));
    co_await service_.workers.run(std::move(job));
    const auto now = co_await service_.devices.find(device_->name);
    if (now) {
        service_.trace.emit(event::DeviceSelected{*now, AuthMode::string});
        in_select_ = true;
    }
    log::info(device_->name + ": LSC installed, serial " + certificate.serial_hex() + ", issued by " +
              certificate.issuer_oneline());
    co_return Step<void>{};
}

Task<> Session::record(Ending ending) {
    const std::string who = device_ ? device_->name : stream_->remote().address;
    log::warn(who + ": " + ending.why);
    if (!ending.result || !device_ || (hold_ && hold_->superseded())) co_return;
    const auto status = status_for(device_->operation, *ending.result);
    const auto after = ending.keep_armed ? device_->operation : Operation::none;
    Finish finish;
    finish.arm_count = device_->arm_count;
    finish.status = status;
    finish.keep_armed = ending.keep_armed;
    finish.unconfirmed_id = unconfirmed_id_;
    finish.why = ending.why;
    co_await service_.devices.finish(device_->name, std::move(finish));
    service_.trace.emit(event::OperationEnded{device_->name, device_->operation, *ending.result, status, after});
}

}  // namespace

Task<> run_session(Service& service, LoopState& loop, std::unique_ptr<net::Stream> stream) {
    const auto session = std::make_unique<Session>(service, loop, std::move(stream));
    co_await session->run();
}

}  // namespace opencapf::capf

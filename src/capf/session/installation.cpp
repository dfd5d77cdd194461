// SPDX-License-Identifier: Apache-2.0
#include "capf/issuer/issuer.hpp"
#include "capf/session/operations.hpp"
#include "opencapf/capf_protocol/invented.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/x509/request.hpp"

namespace opencapf::capf {
namespace {

namespace proto = capf_protocol;
using Clock = std::chrono::steady_clock;

// A certificate is asked for, or was: it waits at the CA or with an administrator.
tl::unexpected<Ending> not_issued(const IssueFailure& failure) {
    if (failure.pending) return stop({proto::invented::kCertificateComesLater, std::nullopt, true, failure.detail});
    return Conversation::fails(failure.result, failure.detail);
}

/// One phone's way from its key to its LSC.
class Installation {
public:
    explicit Installation(Conversation& c) : c_(c), issuer_(make_issuer(c.service, c.loop)) {}

    Task<Step<void>> run() {
        auto waiting = co_await issuer_->collect(c_.phone, *c_.device, c_.descriptor());
        if (!waiting) co_return not_issued(waiting.error());
        if (*waiting) {
            Issued issued = std::move(**waiting);
            auto key = issued.certificate.public_key();
            co_return co_await deliver(std::move(issued), std::move(key));
        }
        const auto key = co_await choose_key();
        if (!key) co_return stop(key.error());
        c_.service.metrics.took(Phase::key, c_.watch.lap());
        IssueRequest wanted{c_.phone, *c_.device, *key, std::nullopt, c_.descriptor()};
        if (issuer_->needs_request()) {
            auto request = co_await build_request(*key);
            if (!request) co_return stop(request.error());
            wanted.csr = std::move(*request);
            c_.service.metrics.took(Phase::sign, c_.watch.lap());
        }
        const bool ours = co_await c_.still_claimed();
        if (!ours) co_return c_.taken_over();
        auto issued = co_await issuer_->issue(std::move(wanted));
        if (!issued) co_return not_issued(issued.error());
        c_.watch.lap();  // that time is told by the issuer
        co_return co_await deliver(std::move(*issued), *key);
    }

private:
    Task<Step<x509::PublicKey>> choose_key();
    Task<Step<proto::ServerEvent>> ask_key(proto::KeySpec spec);
    Task<Step<x509::CertificateRequest>> build_request(x509::PublicKey key);
    Task<Step<Bytes>> ask_signature(x509::PublicKey key, Bytes info);
    Task<Step<void>> deliver(Issued issued, x509::PublicKey key);
    Task<Step<void>> confirm(Issued issued);

    Conversation& c_;
    const std::unique_ptr<Issuer> issuer_;
};

proto::KeySpec rsa_key(const Device& device) {
    proto::KeySpec spec;
    spec.rsa_bits = static_cast<std::uint16_t>(device.rsa_bits);
    return spec;
}

proto::KeySpec ec_key(const Device& device) {
    proto::KeySpec spec;
    spec.type = proto::KeyType::ec;
    spec.curve = device.ec_bits == 521   ? proto::Curve::p521
                 : device.ec_bits == 384 ? proto::Curve::p384
                                         : proto::Curve::p256;
    return spec;
}

bool fits(const x509::PublicKey& key, const proto::KeySpec& spec) {
    if (spec.type == proto::KeyType::ec) return key.curve() == to_string(spec.curve);
    return key.type() == x509::KeyType::rsa && key.bits() == spec.rsa_bits;
}

// The keys to ask for, in their order. A phone of version 2 knows RSA only, and nothing of key types.
std::vector<proto::KeySpec> wanted_keys(const Device& device, bool knows_ec) {
    const auto rsa = rsa_key(device);
    if (device.key_order == KeyOrder::rsa_only) return {rsa};
    if (!knows_ec) return device.key_order == KeyOrder::ec_only ? std::vector<proto::KeySpec>{} : std::vector{rsa};
    if (device.key_order == KeyOrder::ec_only) return {ec_key(device)};
    return {ec_key(device), rsa};
}

Task<Step<x509::PublicKey>> Installation::choose_key() {
    const Device& device = *c_.device;
    const auto wanted = wanted_keys(device, c_.protocol.knows_ec());
    const bool ec_only = device.key_order == KeyOrder::ec_only;
    for (const auto& spec : wanted) {
        const auto event = co_await ask_key(spec);
        if (!event) co_return stop(event.error());
        const auto* made = std::get_if<proto::KeyGenerated>(&*event);
        if (made == nullptr) continue;  // refused: the next kind, if there is one
        c_.trace(event::KeyReceived{c_.phone, made->spki.size()});
        auto key = x509::PublicKey::from_spki_der(made->spki);
        if (!key) co_return c_.fails(OperationResult::timed_out, "the phone's key is unusable: " + key.error().message);
        if (!fits(*key, spec))
            co_return c_.fails(OperationResult::timed_out, "the phone made another key than it was asked for");
        co_return std::move(*key);
    }
    if (ec_only)
        co_return c_.fails(
            OperationResult::no_ec_support,
            "EC Only, and the phone of CAPF version " + std::to_string(c_.protocol.version()) + " makes no EC key");
    co_return c_.fails(OperationResult::timed_out, "the phone could not make a key");
}

// A phone at work may say so any number of times; only some of them give it more time.
Task<Step<proto::ServerEvent>> Installation::ask_key(proto::KeySpec spec) {
    const auto& limits = c_.limits();
    auto request = c_.protocol.request_key(spec);
    if (!request) co_return c_.lost(request.error());
    c_.trace(event::KeyRequested{c_.phone, spec.type == proto::KeyType::ec ? trace_ec_key_size(c_.device->ec_bits)
                                                                           : trace_key_size(c_.device->rsa_bits)});
    auto event = co_await c_.ask(std::move(*request), limits.key_generation_timeout);
    auto deadline = Clock::now() + limits.key_generation_timeout;
    for (unsigned restarts = 0; event && std::holds_alternative<proto::KeyInProgress>(*event);) {
        if (restarts++ < limits.key_generation_attempts) deadline = Clock::now() + limits.key_generation_timeout;
        const auto left = std::chrono::duration_cast<net::Duration>(deadline - Clock::now());
        event = co_await c_.answer(left);
    }
    if (!event && event.error().cause == Errc::timeout)
        co_return c_.fails(OperationResult::timed_out, "no key from the phone in time");
    co_return std::move(event);
}

Task<Step<x509::CertificateRequest>> Installation::build_request(x509::PublicKey key) {
    const std::vector<x509::NameEntry> subject{{"CN", certificate_name(*c_.device)}};
    const auto info = x509::make_request_info(subject, key.spki_der());
    if (!info) co_return c_.fails(OperationResult::failed, info.error().message);
    const bool by_phone = c_.knows_inventions();
    Bytes der;
    if (by_phone) {
        const auto signature = co_await ask_signature(key, *info);
        if (!signature) co_return stop(signature.error());
        der = x509::assemble_request(*info, key.type(), *signature);
    } else if (c_.config->allow_unsigned_requests) {
        der = x509::assemble_unsigned_request(*info);
    } else {
        co_return c_.fails(OperationResult::failed,
                           "the phone cannot sign a request, and allow_unsigned_requests is off");
    }
    auto built = x509::CertificateRequest::from_der(der);
    if (!built) co_return c_.fails(OperationResult::failed, built.error().message);
    const bool ours = co_await c_.still_claimed();
    if (!ours) co_return c_.taken_over();
    const Spool& spool = c_.service.spool;
    auto write = [this, &spool, &built] {
        if (!c_.superseded()) spool.write_csr(c_.device->name, built->pem());
    };
    std::function<void()> job(std::ref(write));
    co_await c_.work(std::move(job));
    if (c_.superseded()) co_return c_.taken_over();
    c_.trace(event::RequestBuilt{c_.phone, by_phone, spool.csr_path(c_.device->name)});
    co_return std::move(*built);
}

Task<Step<Bytes>> Installation::ask_signature(x509::PublicKey key, Bytes info) {
    auto frame = c_.protocol.request_signature(info);
    if (!frame) co_return c_.fails(OperationResult::failed, frame.error().message);
    const auto event = co_await c_.ask(std::move(*frame), c_.limits().sign_timeout);
    if (!event) co_return stop(event.error());
    const auto* answer = std::get_if<proto::Signed>(&*event);
    if (answer == nullptr) co_return c_.fails(OperationResult::failed, "the phone refused to sign its request");
    if (!key.verify(x509::Digest::sha256, info, answer->signature))
        co_return c_.fails(OperationResult::failed, "the phone's signature does not fit its key");
    co_return answer->signature;
}

Task<Step<void>> Installation::deliver(Issued issued, x509::PublicKey key) {
    const Spool& spool = c_.service.spool;
    const std::string& name = c_.device->name;
    const Bytes der = issued.certificate.der();
    // At once, so that whatever happens from here on leaves at least a stale LSC.
    co_await c_.record_delivery(der);
    if (c_.superseded()) co_return c_.taken_over();
    issued = co_await issuer_->complete(std::move(issued), c_.phone, c_.descriptor());
    c_.watch.lap();  // what was asked of the CA is no part of storing
    const bool in_spool = !issued.pkcs7_base64.empty();
    if (in_spool)
        c_.trace(event::CertificateReady{c_.phone, proto::invented::kEventCaCertReply, trace_name(c_.protocol.state()),
                                         spool.der_path(name)});
    if (!(issued.certificate.public_key() == key)) {
        c_.trace(event::CertificateUnusable{c_.phone, "its key is not the phone's"});
        co_return c_.fails(OperationResult::failed, "the certificate's key is not the phone's");
    }
    // The trace names the removal here, where the product does it. Ours happens after the phone's confirmation, so that
    // nothing is lost when the phone vanishes now.
    if (in_spool) c_.trace(event::CertificateVerified{c_.phone, spool.csr_path(name)});
    auto frame = c_.protocol.store(der);
    if (!frame) co_return c_.fails(OperationResult::failed, frame.error().message);
    c_.trace(event::StoreSent{c_.phone});
    const auto event = co_await c_.ask(std::move(*frame), c_.limits().store_timeout);
    if (!event) co_return stop(event.error());
    if (const auto* refused = std::get_if<proto::StoreRefused>(&*event)) {
        if (!c_.superseded()) co_await issuer_->forget(name);
        co_return c_.fails(OperationResult::failed, "the phone could not store the certificate, reason " +
                                                        std::to_string(static_cast<int>(refused->reason)));
    }
    c_.service.metrics.took(Phase::store, c_.watch.lap());
    c_.leave_select();
    const auto confirmed = co_await confirm(std::move(issued));
    if (!c_.superseded()) co_await issuer_->forget(name);
    co_return confirmed;
}

// From here to the commit nothing may wait for anything but the disk: the phone has its LSC already.
Task<Step<void>> Installation::confirm(Issued issued) {
    const x509::Certificate& certificate = issued.certificate;
    ConfirmedLsc lsc = confirmed_lsc(certificate, c_.unconfirmed_id, issued.issuer_valid_until);
    const Bytes public_key = lsc.public_key;
    decltype(Finish::found) found(std::move(lsc));
    const auto done = co_await succeed(c_, OperationResult::success, std::move(found));
    if (!done) co_return stop(done.error());
    c_.service.metrics.took(Phase::commit, c_.watch.lap());
    c_.service.metrics.enrolment.observe(c_.watch.total());
    c_.trace(event::PublicKeyStored{c_.phone, public_key});
    const auto now = co_await c_.service.devices.find(c_.device->name);
    if (now) c_.enter_select(*now);
    log::info(c_.device->name + ": LSC installed, serial " + certificate.serial_hex() + ", issued by " +
              certificate.issuer_oneline());
    co_return Step<void>{};
}

}  // namespace

Task<Step<void>> install(Conversation& conversation) {
    Installation installation(conversation);
    co_return co_await installation.run();
}

}  // namespace opencapf::capf

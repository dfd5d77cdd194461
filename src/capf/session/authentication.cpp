// SPDX-License-Identifier: Apache-2.0
#include "capf/phone_trust.hpp"
#include "capf/session/operations.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/capf_protocol/identity.hpp"
#include "opencapf/log/operator_log.hpp"

namespace opencapf::capf {
namespace {

namespace proto = capf_protocol;

// An authentication failure never ends the operation: whoever is not the phone must not be able to disarm it.
tl::unexpected<Ending> refuse(Conversation& c, const event::Phone& phone, OperationResult result, std::string why) {
    c.trace(event::Refused{phone, why});
    return stop({proto::Reason::refused, result, true, std::move(why), Errc::unauthorized});
}

Task<Step<void>> check_string(Conversation& c, event::Phone phone, std::string_view typed) {
    const Device& device = *c.device;
    const auto now = unix_seconds(std::chrono::system_clock::now());
    if (now < device.locked_until)
        co_return refuse(c, phone, OperationResult::bad_auth_string,
                         "too many wrong authentication strings, locked for " +
                             std::to_string(device.locked_until - now) + " s more");
    if (device.auth_string.equals(typed)) co_return Step<void>{};
    const auto& limits = c.limits();
    const auto pause = std::chrono::duration_cast<std::chrono::seconds>(limits.lockout).count();
    const Lockout lockout{static_cast<int>(limits.auth_attempts), now + pause};
    co_await c.service.devices.wrong_string(device.name, device.arm_count, lockout);
    co_return refuse(c, phone, OperationResult::bad_auth_string, "Authentication string does not match");
}

OperationResult bad_certificate(const Device& device) {
    return device.auth_mode == AuthMode::existing_mic ? OperationResult::bad_mic : OperationResult::bad_lsc;
}

// The phone has a certificate that capfd sent and never heard of again: it is installed after all.
Task<> adopt(Conversation& c, x509::Certificate shown) {
    const auto rows = co_await c.service.unconfirmed.of(c.device->name);
    for (const auto& row : rows) {
        if (row.der != shown.der()) continue;
        ConfirmedLsc lsc = confirmed_lsc(shown, row.id);
        co_await c.service.devices.confirm(c.device->name, std::move(lsc));
        log::info(c.device->name + ": shows the LSC with serial " + shown.serial_hex() + ", which it never confirmed");
        co_return;
    }
}

Task<Step<void>> check_certificate(Conversation& c, event::Phone phone, proto::AuthResponse response) {
    if (!response.certificate)
        co_return refuse(c, phone, OperationResult::bad_credentials, "the phone shows no existing certificate");
    const auto trust = c.service.phone_trust.get();
    Result<proto::ProvenIdentity> proven = fail(Errc::crypto, "not checked");
    Result<void> trusted;
    auto check = [&] {
        proven = proto::verify_identity(response, c.protocol.session_id(), c.protocol.version());
        if (proven) trusted = trust->verify(proven->certificate);
    };
    std::function<void()> job(std::ref(check));
    co_await c.work(std::move(job));
    if (!proven)
        co_return refuse(c, phone, OperationResult::bad_credentials, "proof of identity: " + proven.error().message);
    const x509::Certificate& certificate = proven->certificate;
    if (!trusted)
        co_return refuse(c, phone, bad_certificate(*c.device),
                         "existing certificate " + certificate.subject_oneline() + " issued by " +
                             certificate.issuer_oneline() + ": " + trusted.error().message);
    if (!names_device(certificate, c.device->model, c.device->name))
        co_return refuse(c, phone, OperationResult::bad_credentials,
                         "existing certificate " + certificate.subject_oneline() + " belongs to another device");
    c.trace(event::IdentityProven{phone, certificate.subject_oneline(), certificate.issuer_oneline()});
    co_await adopt(c, certificate);
    co_return Step<void>{};
}

Step<void> check_deadline(const Device& device) {
    if (device.finish_by.empty()) return {};
    const auto deadline = parse_finish_time(device.finish_by);
    if (deadline && std::chrono::system_clock::now() <= *deadline) return {};
    return Conversation::fails(OperationResult::late, "Operation Should Finish By " + device.finish_by + ", too late");
}

Task<Step<void>> check_phone(Conversation& c, event::Phone phone, proto::AuthResponse response) {
    switch (c.device->auth_mode) {
        case AuthMode::null_string:
            co_return Step<void>{};
        case AuthMode::string: {
            const Secret typed = response.password.value_or(Secret());
            co_return co_await check_string(c, phone, typed.reveal());
        }
        case AuthMode::existing_lsc:
        case AuthMode::existing_mic:
            break;
    }
    co_return co_await check_certificate(c, std::move(phone), std::move(response));
}

tl::unexpected<Ending> nothing_pending(Conversation& c, const event::Phone& phone) {
    c.trace(event::NothingPending{phone});
    const auto reason = static_cast<proto::Reason>(c.limits().nothing_pending_reason);
    return stop({reason, std::nullopt, true, c.device->name + ": no operation is pending"});
}

}  // namespace

Task<Step<void>> authenticate(Conversation& c) {
    const auto event = co_await c.ask(c.protocol.start(), c.limits().auth_timeout);
    if (!event) co_return stop(event.error());
    auto response = std::get<proto::AuthReceived>(*event).response;
    c.device = co_await c.service.devices.find(response.device_name);
    event::Phone phone{c.protocol.session_id(), c.device ? c.device->name : response.device_name};
    if (!c.device) {
        c.trace(event::UnknownDevice{phone.session, response.device_name});
        co_return stop({proto::Reason::unknown_device, std::nullopt, true, "unknown device " + response.device_name});
    }
    c.enter_select(*c.device);
    if (c.device->operation == Operation::none) co_return nothing_pending(c, phone);
    if (const auto in_time = check_deadline(*c.device); !in_time) {
        c.trace(event::Refused{phone, in_time.error().why});
        co_return in_time;
    }
    const auto checked = co_await check_phone(c, phone, std::move(response));
    if (!checked) co_return checked;
    c.claim(phone);
    // What was read before the claim may be over: the session that held the device has just ended.
    const auto now = co_await c.service.devices.find(c.device->name);
    const bool pending = now && now->arm_count == c.device->arm_count && now->operation == c.device->operation;
    if (now) c.device->operation = now->operation;
    if (!pending) co_return nothing_pending(c, phone);
    co_return Step<void>{};
}

}  // namespace opencapf::capf

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

tl::unexpected<Ending> nothing_pending(Conversation& c, const event::Phone& phone) {
    c.trace(event::NothingPending{phone});
    const auto reason = static_cast<proto::Reason>(c.limits().nothing_pending_reason);
    return stop({reason, std::nullopt, true, c.device->name + ": no operation is pending"});
}

Task<Step<void>> check_string(Conversation& c, event::Phone phone, Secret typed) {
    const Device& device = *c.device;
    const auto& limits = c.limits();
    Lockout lockout{static_cast<int>(limits.auth_attempts), unix_seconds(std::chrono::system_clock::now()), 0};
    lockout.until = lockout.now + std::chrono::duration_cast<std::chrono::seconds>(limits.lockout).count();
    switch (co_await c.service.devices.check_string(device.name, device.arm_count, std::move(typed), lockout)) {
        case StringVerdict::right:
            co_return Step<void>{};
        case StringVerdict::changed:
            co_return nothing_pending(c, phone);
        case StringVerdict::locked:
            co_return refuse(c, phone, OperationResult::bad_auth_string,
                             "too many wrong authentication strings, the device is locked");
        case StringVerdict::wrong:
            break;
    }
    co_return refuse(c, phone, OperationResult::bad_auth_string, "Authentication string does not match");
}

OperationResult bad_certificate(const Device& device) {
    return device.auth_mode == AuthMode::existing_mic ? OperationResult::bad_mic : OperationResult::bad_lsc;
}

// The phone has a certificate that capfd sent and never heard of again: it is installed after all.
Task<> adopt(Conversation& c, x509::Certificate shown) {
    if (unix_seconds(shown.not_before()) < c.device->lsc_valid_from) co_return;  // older than the confirmed one
    const auto id = co_await c.service.unconfirmed.find(c.device->name, shown.der());
    if (id == 0) co_return;
    ConfirmedLsc lsc = confirmed_lsc(shown, id);
    co_await c.service.devices.confirm(c.device->name, std::move(lsc));
    log::info(c.device->name + ": shows the LSC with serial " + shown.serial_hex() + ", which it never confirmed");
}

// Of the issuer of the device's LSC only that LSC counts, or one that waits for its confirmation: the key of one that
// was replaced may have gone astray since.
Task<bool> is_replaced(Conversation& c, x509::Certificate shown) {
    const Device& device = *c.device;
    if (!c.limits().known_lscs_only || device.lsc.empty() || device.lsc == shown.der()) co_return false;
    if (shown.issuer_rfc2253() != device.lsc_issuer_name) co_return false;
    co_return co_await c.service.unconfirmed.find(device.name, shown.der()) == 0;
}

using Shown = std::optional<x509::Certificate>;

Task<Step<Shown>> check_certificate(Conversation& c, event::Phone phone, proto::AuthResponse response) {
    if (!response.certificate)
        co_return refuse(c, phone, OperationResult::bad_credentials, "the phone shows no existing certificate");
    const auto trust = c.service.phone_trust.get();
    Result<proto::ProvenIdentity> proven = fail(Errc::crypto, "not checked");
    Result<void> trusted, sudi_trusted;
    auto check = [&] {
        proven = proto::verify_identity(response, c.protocol.session_id(), c.protocol.version());
        if (proven) trusted = trust->verify(proven->certificate);
        if (proven && proven->sudi) sudi_trusted = trust->verify(*proven->sudi);
    };
    std::function<void()> job(std::ref(check));
    co_await c.work(std::move(job));
    if (!proven)
        co_return refuse(c, phone, OperationResult::bad_credentials, "proof of identity: " + proven.error().message);
    const x509::Certificate& certificate = proven->certificate;
    const std::string whose = "existing certificate " + certificate.subject_oneline();
    if (!trusted)
        co_return refuse(c, phone, bad_certificate(*c.device),
                         whose + " issued by " + certificate.issuer_oneline() + ": " + trusted.error().message);
    if (!names_device(certificate, c.device->model, c.device->name))
        co_return refuse(c, phone, OperationResult::bad_credentials, whose + " belongs to another device");
    if (proven->sudi && !(sudi_trusted && names_device(*proven->sudi, c.device->model, c.device->name)))
        co_return refuse(c, phone, OperationResult::bad_credentials,
                         "secure device identity " + proven->sudi->subject_oneline() +
                             " is not trusted, or belongs to another device");
    const bool replaced = co_await is_replaced(c, certificate);
    if (replaced) co_return refuse(c, phone, bad_certificate(*c.device), whose + " was replaced by another LSC");
    c.trace(event::IdentityProven{phone, certificate.subject_oneline(), certificate.issuer_oneline()});
    co_return Shown(certificate);
}

Step<void> check_deadline(const Device& device) {
    if (device.finish_by.empty()) return {};
    const auto deadline = parse_finish_time(device.finish_by);
    if (deadline && std::chrono::system_clock::now() <= *deadline) return {};
    return Conversation::fails(OperationResult::late, "Operation Should Finish By " + device.finish_by + ", too late");
}

// What the device row wants to see; gives the certificate that was shown.
Task<Step<Shown>> check_phone(Conversation& c, event::Phone phone, proto::AuthResponse response) {
    switch (c.device->auth_mode) {
        case AuthMode::null_string:
            co_return Shown();
        case AuthMode::string: {
            Secret typed = response.password.value_or(Secret());
            const auto checked = co_await check_string(c, std::move(phone), std::move(typed));
            if (!checked) co_return stop(checked.error());
            co_return Shown();
        }
        case AuthMode::existing_lsc:
        case AuthMode::existing_mic:
            break;
    }
    co_return co_await check_certificate(c, std::move(phone), std::move(response));
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
    if (!checked) co_return stop(checked.error());
    const bool claimed = co_await c.claim(phone);
    if (!claimed)
        co_return stop({proto::Reason::refused, std::nullopt, true, "this instance of capfd has lost its lease"});
    // What was read before the claim may be over: the session that held the device has just ended.
    const auto now = co_await c.service.devices.find(c.device->name);
    const bool pending = now && now->arm_count == c.device->arm_count && now->operation == c.device->operation;
    if (now) c.device->operation = now->operation;
    if (!pending) co_return nothing_pending(c, phone);
    if (*checked) co_await adopt(c, **checked);
    co_return Step<void>{};
}

}  // namespace opencapf::capf

// SPDX-License-Identifier: Apache-2.0
#include "capf/admin_arming.hpp"
#include "capf/issuer/issuer.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/x509/certificate.hpp"

namespace opencapf::capf::admin {
namespace {

// Each row's certificate is parsed on an event loop: no more than a few milliseconds' worth.
constexpr std::int64_t kMaxListed = 100;
constexpr std::size_t kMaxCommonName = 64;  // RFC 5280 appendix A.1, ub-common-name

Json lsc_json(const Device& device) {
    if (device.lsc.empty()) return nullptr;
    const auto certificate = x509::Certificate::from_der(device.lsc);
    if (!certificate) return nullptr;
    return {{"subject", certificate->subject_rfc2253()},
            {"issuer", device.lsc_issuer_name},
            {"serial", certificate->serial_hex()},
            {"valid_until", device.lsc_valid_until},
            {"issuer_valid_until", device.lsc_issuer_valid_until}};
}

// The authentication string is not in it: capfctl's output ends up in tickets.
Json device_json(const Device& device) {
    return {{"name", device.name},
            {"model", device.model},
            {"operation", static_cast<int>(device.operation)},
            {"operation_text", operation_text(device.operation)},
            {"status", device.status},
            {"status_text", status_text(device.status)},
            {"authentication_mode", static_cast<int>(device.auth_mode)},
            {"authentication_mode_text", auth_mode_text(device.auth_mode)},
            {"finish_by", device.finish_by},
            {"rsa_key_size", device.rsa_bits},
            {"key_order", static_cast<int>(device.key_order)},
            {"lsc", lsc_json(device)},
            {"ec_key_size", device.ec_bits},
            {"wrong_strings", device.auth_failures},
            {"locked_until", device.locked_until},
            {"unconfirmed_lsc", device.unconfirmed_lscs > 0},
            {"fetched_at", device.fetched_at},
            {"fetched_lsc", !device.fetched_lsc.empty()},
            {"fetched_mic", !device.fetched_mic.empty()}};
}

Task<Answer> device_add(Service& service, Json request) {
    auto names = names_of(request);
    if (!names) co_return fail(names.error());
    const auto model = text_of(request, "model", service.config()->default_model.c_str());
    if (!model) co_return fail(model.error());
    if (!model->empty() && !is_valid_device_name(*model))
        co_return fail(Errc::malformed, "model: expected e.g. CP-8865");
    for (const auto& name : *names) {
        Device device;
        device.name = name;
        device.model = *model;
        if (certificate_name(device).size() > kMaxCommonName)
            co_return fail(Errc::malformed, "names: " + printable(certificate_name(device)) +
                                                " would be the certificate's common name, and is longer than the " +
                                                std::to_string(kMaxCommonName) + " characters it may have");
    }
    const auto added = co_await service.devices.add(std::move(*names), *model);
    if (!added) co_return fail(added.error());
    co_return Json::object();
}

Task<Answer> device_list(Service& service, Json request) {
    const auto after = text_of(request, "after", "");
    if (!after) co_return fail(after.error());
    const auto limit = number_of(request, "limit", 1, kMaxListed, kMaxListed);
    if (!limit) co_return fail(limit.error());
    // One more tells whether there are more.
    auto devices = co_await service.devices.list(*after, static_cast<std::size_t>(*limit) + 1);
    const bool more = devices.size() > static_cast<std::size_t>(*limit);
    if (more) devices.pop_back();
    Json list = Json::array();
    for (const auto& device : devices) list.push_back(device_json(device));
    co_return Json{{"devices", std::move(list)}, {"more", more}};
}

Task<Result<Device>> find_device(Service& service, Json request) {
    const auto name = text_of(request, "name");
    if (!name) co_return fail(name.error());
    auto device = co_await service.devices.find(*name);
    if (!device) co_return fail(Errc::not_found, "there is no device " + *name + "; see: capfctl device list");
    co_return std::move(*device);
}

Task<Answer> device_show(Service& service, Json request) {
    const auto device = co_await find_device(service, std::move(request));
    if (!device) co_return fail(device.error());
    co_return Json{{"device", device_json(*device)}};
}

Task<Answer> device_remove(Service& service, Json request) {
    const auto name = text_of(request, "name");
    if (!name) co_return fail(name.error());
    const auto device = co_await service.devices.find(*name);
    const auto removed = co_await service.devices.remove(*name);
    if (!removed || !device) co_return fail(removed ? Error{Errc::not_found, "gone already"} : removed.error());
    // A device that gets the name later has another key.
    co_await forget_request(service, device->name);
    co_return Json::object();
}

// A string of its own for every device: who knows one must not be able to be another phone.
Task<Answer> arm_with_strings(Service& service, std::vector<std::string> names, Arming arming) {
    std::vector<std::pair<std::string, Arming>> armings;
    Json strings = Json::object();
    for (const auto& name : names) {
        const std::string digits = random_auth_string();
        arming.auth_string = Secret(digits);
        armings.emplace_back(name, arming);
        strings[name] = digits;
    }
    const auto armed = co_await service.devices.arm_each(std::move(armings));
    if (!armed) co_return fail(armed.error());
    co_return Json{{"strings", std::move(strings)}};
}

Task<Answer> device_arm(Service& service, Json request) {
    auto names = names_of(request);
    if (!names) co_return fail(names.error());
    auto arming = arming_of(request, *service.config());
    if (!arming) co_return fail(arming.error());
    if (arming->auth_mode == AuthMode::string && arming->auth_string.reveal().empty())
        co_return co_await arm_with_strings(service, std::move(*names), std::move(*arming));
    const auto armed = co_await service.devices.arm(std::move(*names), std::move(*arming));
    if (!armed) co_return fail(armed.error());
    co_return Json::object();
}

Task<Answer> lsc_export(Service& service, Json request) {
    const auto what = choice_of<const Bytes Device::*>(
        request, "what", "lsc",
        {{"lsc", &Device::lsc}, {"fetched-lsc", &Device::fetched_lsc}, {"fetched-mic", &Device::fetched_mic}});
    if (!what) co_return fail(what.error());
    const auto device = co_await find_device(service, std::move(request));
    if (!device) co_return fail(device.error());
    const Bytes& der = (*device).**what;
    if (der.empty()) co_return fail(Errc::not_found, device->name + " has no such certificate");
    const auto certificate = x509::Certificate::from_der(der);
    if (!certificate) co_return fail(certificate.error());
    co_return Json{{"pem", certificate->pem()}, {"der_base64", to_base64(der)}};
}

}  // namespace

std::span<const Command> device_commands() {
    static constexpr Command kCommands[] = {{"device.add", device_add},   {"device.list", device_list},
                                            {"device.show", device_show}, {"device.remove", device_remove},
                                            {"device.arm", device_arm},   {"lsc.export", lsc_export}};
    return kCommands;
}

}  // namespace opencapf::capf::admin

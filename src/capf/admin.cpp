// SPDX-License-Identifier: Apache-2.0
#include "capf/admin.hpp"

#include "opencapf/log/operator_log.hpp"
#include "opencapf/process/admin_message.hpp"
#include "opencapf/x509/certificate.hpp"

#include <algorithm>

namespace opencapf::capf {
namespace {

using Json = process::AdminJson;
using Answer = Result<Json>;
constexpr std::size_t kMaxNames = 2000;

Result<std::string> text_of(const Json& request, const char* key, const char* fallback = nullptr) {
    const auto it = request.find(key);
    if (it == request.end() && fallback != nullptr) return std::string(fallback);
    if (it == request.end() || !it->is_string()) return fail(Errc::malformed, std::string(key) + ": expected a string");
    return it->get<std::string>();
}

Result<std::vector<std::string>> names_of(const Json& request) {
    const auto it = request.find("names");
    if (it == request.end() || !it->is_array() || it->empty() || it->size() > kMaxNames)
        return fail(Errc::malformed, "names: expected an array of 1 to " + std::to_string(kMaxNames) + " device names");
    std::vector<std::string> names;
    for (const auto& name : *it) {
        if (!name.is_string() || !is_valid_device_name(name.get_ref<const std::string&>()))
            return fail(Errc::malformed,
                        "names: " + name.dump() + " is no device name; use 1 to 128 letters, digits, '.', '-' or '_'");
        names.push_back(name.get<std::string>());
    }
    return names;
}

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
            {"unconfirmed_lsc", !device.unconfirmed_lsc.empty()}};
}

bool is_auth_string(const std::string& text) {
    return text.size() >= 4 && text.size() <= 10 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Result<Arming> arming_of(const Json& request) {
    Arming arming;
    const auto operation = text_of(request, "operation");
    if (!operation) return fail(operation.error());
    if (*operation == "none") {
        arming.operation = Operation::none;
        return arming;
    }
    if (*operation != "install")
        return fail(Errc::rejected,
                    "operation: " + *operation + " is not offered by this version; use install or none");
    const auto auth = text_of(request, "auth", "null");
    if (!auth) return fail(auth.error());
    const auto digits = text_of(request, "string", "");
    if (!digits) return fail(digits.error());
    if (*auth == "string") {
        arming.auth_mode = AuthMode::string;
        if (!is_auth_string(*digits)) return fail(Errc::malformed, "string: expected 4 to 10 digits");
        arming.auth_string = Secret(*digits);
    } else if (*auth != "null") {
        return fail(Errc::rejected, "auth: " + *auth + " is not offered by this version; use null or string");
    } else if (!digits->empty()) {
        return fail(Errc::malformed, "string: only with authentication by string");
    }
    const auto key_order = text_of(request, "key_order", "rsa");
    if (!key_order) return fail(key_order.error());
    if (*key_order != "rsa") return fail(Errc::rejected, "key_order: only rsa is offered by this version");
    const auto bits = request.find("rsa");
    if (bits != request.end() && *bits != 2048)
        return fail(Errc::rejected, "rsa: only 2048 is offered by this version");
    const auto by = text_of(request, "by", "");
    if (!by) return fail(by.error());
    arming.finish_by = *by;
    if (!by->empty() && !parse_finish_time(*by)) return fail(Errc::malformed, "by: expected YYYY:MM:DD:HH:MM");
    return arming;
}

Task<Answer> device_add(Service& service, Json request) {
    auto names = names_of(request);
    if (!names) co_return fail(names.error());
    const auto model = text_of(request, "model", service.config()->default_model.c_str());
    if (!model) co_return fail(model.error());
    if (!model->empty() && !is_valid_device_name(*model))
        co_return fail(Errc::malformed, "model: expected e.g. CP-8865");
    const auto added = co_await service.devices.add(std::move(*names), *model);
    if (!added) co_return fail(added.error());
    co_return Json::object();
}

Task<Answer> device_list(Service& service, Json) {
    const auto devices = co_await service.devices.list();
    Json list = Json::array();
    for (const auto& device : devices) list.push_back(device_json(device));
    co_return Json{{"devices", std::move(list)}};
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
    const auto removed = co_await service.devices.remove(*name);
    if (!removed) co_return fail(removed.error());
    co_return Json::object();
}

Task<Answer> device_arm(Service& service, Json request) {
    auto names = names_of(request);
    if (!names) co_return fail(names.error());
    auto arming = arming_of(request);
    if (!arming) co_return fail(arming.error());
    const auto armed = co_await service.devices.arm(std::move(*names), std::move(*arming));
    if (!armed) co_return fail(armed.error());
    co_return Json::object();
}

Task<Answer> lsc_export(Service& service, Json request) {
    const auto device = co_await find_device(service, std::move(request));
    if (!device) co_return fail(device.error());
    if (device->lsc.empty()) co_return fail(Errc::not_found, device->name + " has no LSC");
    const auto certificate = x509::Certificate::from_der(device->lsc);
    if (!certificate) co_return fail(certificate.error());
    co_return Json{{"pem", certificate->pem()}, {"der_base64", to_base64(device->lsc)}};
}

struct Command {
    std::string_view name;
    Task<Answer> (*run)(Service&, Json);
};
constexpr Command kCommands[] = {{"device.add", device_add},   {"device.list", device_list},
                                 {"device.show", device_show}, {"device.remove", device_remove},
                                 {"device.arm", device_arm},   {"lsc.export", lsc_export}};

Task<Answer> dispatch(Service& service, std::string line) {
    auto request = process::parse_admin_request(line);
    if (!request) co_return fail(request.error());
    const std::string name = (*request)["command"];
    for (const auto& command : kCommands) {
        if (command.name == name) co_return co_await command.run(service, std::move(*request));
    }
    co_return fail(Errc::malformed, "command: unknown command " + name);
}

}  // namespace

Task<std::string> handle_admin(Service& service, std::string line) {
    Answer answer = Json::object();
    try {
        answer = co_await dispatch(service, std::move(line));
    } catch (const std::exception& error) {
        log::error(std::string("admin socket: ") + error.what());
        answer = fail(Errc::internal, error.what());
    }
    co_return process::admin_answer(answer);
}

}  // namespace opencapf::capf

// SPDX-License-Identifier: Apache-2.0
#include "capf/admin_json.hpp"
#include "opencapf/x509/certificate.hpp"

#include <algorithm>

namespace opencapf::capf::admin {
namespace {

constexpr std::size_t kMaxNames = 2000;
constexpr std::size_t kGeneratedDigits = 8;

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
            {"ec_key_size", device.ec_bits},
            {"wrong_strings", device.auth_failures},
            {"locked_until", device.locked_until},
            {"unconfirmed_lsc", device.unconfirmed_lscs > 0},
            {"fetched_at", device.fetched_at},
            {"fetched_lsc", !device.fetched_lsc.empty()},
            {"fetched_mic", !device.fetched_mic.empty()}};
}

bool is_auth_string(const std::string& text) {
    return text.size() >= 4 && text.size() <= 10 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string random_digits(std::size_t count) {
    std::string digits;
    while (digits.size() < count) {
        for (const auto byte : random_bytes(count)) {
            // 250 is the last multiple of ten: every digit is as likely as the others.
            if (byte < 250 && digits.size() < count) digits += static_cast<char>('0' + byte % 10);
        }
    }
    return digits;
}

template <class T>
Result<T> choice_of(const Json& request, const char* key, const char* fallback,
                    std::initializer_list<std::pair<std::string_view, T>> choices) {
    const auto text = text_of(request, key, fallback);
    if (!text) return fail(text.error());
    std::string known;
    for (const auto& [name, value] : choices) {
        if (name == *text) return value;
        known += (known.empty() ? "" : ", ") + std::string(name);
    }
    return fail(Errc::malformed, std::string(key) + ": expected one of " + known);
}

Result<void> read_auth(const Json& request, Arming& arming) {
    const auto mode = choice_of<AuthMode>(request, "auth", "null",
                                          {{"string", AuthMode::string},
                                           {"null", AuthMode::null_string},
                                           {"lsc", AuthMode::existing_lsc},
                                           {"mic", AuthMode::existing_mic}});
    if (!mode) return fail(mode.error());
    arming.auth_mode = *mode;
    const auto digits = text_of(request, "string", "");
    if (!digits) return fail(digits.error());
    const auto generate = flag_of(request, "generate_string", false);
    if (!generate) return fail(generate.error());
    const bool wanted = arming.auth_mode == AuthMode::string;
    if (!wanted && (!digits->empty() || *generate))
        return fail(Errc::malformed, "string: only with authentication by string");
    if (wanted && !*generate && !is_auth_string(*digits))
        return fail(Errc::malformed, "string: expected 4 to 10 digits");
    arming.auth_string = Secret(*digits);
    return {};
}

Result<void> read_key(const Json& request, bool allow_rsa_512, Arming& arming) {
    const auto order = choice_of<KeyOrder>(
        request, "key_order", "rsa",
        {{"rsa", KeyOrder::rsa_only}, {"ec", KeyOrder::ec_only}, {"ec-preferred", KeyOrder::ec_preferred}});
    if (!order) return fail(order.error());
    arming.key_order = *order;
    const auto rsa = number_of(request, "rsa", 512, 4096, 2048);
    if (!rsa || !key_size_value(static_cast<int>(*rsa)))
        return fail(Errc::malformed, "rsa: expected 512, 1024, 2048, 3072 or 4096");
    if (*rsa == 512 && !allow_rsa_512)
        return fail(Errc::rejected, "rsa: 512 bits can be broken in hours; allow_rsa_512 in capfd.json allows them");
    arming.rsa_bits = static_cast<int>(*rsa);
    const auto ec = number_of(request, "ec", 256, 521, 256);
    if (!ec || (*ec != 256 && *ec != 384 && *ec != 521)) return fail(Errc::malformed, "ec: expected 256, 384 or 521");
    arming.ec_bits = static_cast<int>(*ec);
    return {};
}

Result<Arming> arming_of(const Json& request, const Config& config) {
    Arming arming;
    const auto operation = choice_of<Operation>(request, "operation", nullptr,
                                                {{"install", Operation::install},
                                                 {"delete", Operation::remove},
                                                 {"troubleshoot", Operation::troubleshoot},
                                                 {"none", Operation::none}});
    if (!operation) return fail(operation.error());
    arming.operation = *operation;
    if (arming.operation == Operation::none) return arming;
    if (const auto read = read_auth(request, arming); !read) return fail(read.error());
    if (const auto read = read_key(request, config.allow_rsa_512, arming); !read) return fail(read.error());
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

// A string of its own for every device: who knows one must not be able to be another phone.
Task<Answer> arm_with_strings(Service& service, std::vector<std::string> names, Arming arming) {
    std::vector<std::pair<std::string, Arming>> armings;
    Json strings = Json::object();
    for (const auto& name : names) {
        const std::string digits = random_digits(kGeneratedDigits);
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

// SPDX-License-Identifier: Apache-2.0
#include "capf/axl/fields.hpp"

#include "opencapf/base/text.hpp"

#include <array>

namespace opencapf::capf::axl {
namespace {

constexpr std::array kOperations = {Operation::none, Operation::install, Operation::remove, Operation::troubleshoot};
constexpr std::array kAuthModes = {AuthMode::string, AuthMode::null_string, AuthMode::existing_lsc,
                                   AuthMode::existing_mic};
constexpr std::array kKeyOrders = {KeyOrder::rsa_only, KeyOrder::ec_only, KeyOrder::ec_preferred};
constexpr std::array kRsaSizes = {512, 1024, 2048, 3072, 4096};
constexpr std::array kEcSizes = {256, 384, 521};

std::string_view key_order_text(KeyOrder order) {
    switch (order) {
        case KeyOrder::rsa_only:
            return "RSA Only";
        case KeyOrder::ec_only:
            return "EC Only";
        case KeyOrder::ec_preferred:
            return "EC Preferred, RSA Backup";
    }
    return "RSA Only";
}

template <class T, std::size_t N, class Text>
Result<void> read_choice(const std::string& value, const std::array<T, N>& choices, Text text, const std::string& name,
                         std::optional<T>& target) {
    std::string known;
    for (const auto choice : choices) {
        if (iequals(value, text(choice)) || value == std::to_string(static_cast<int>(choice))) {
            target = choice;
            return {};
        }
        known += (known.empty() ? "" : "; ") + std::string(text(choice));
    }
    return fail(Errc::malformed, name + ": expected one of " + known);
}

Result<void> read_finish(const std::string& value, Changes& changes) {
    if (!value.empty() && !parse_finish_time(value))
        return fail(Errc::malformed, "upgradeFinishTime: expected YYYY:MM:DD:HH:MM");
    changes.finish_by = value;
    return {};
}

std::string number_text(int number) { return std::to_string(number); }

Result<void> read_element(std::string_view name, const std::string& value, Changes& changes) {
    if (name == "name" || name == "uuid") return {};
    if (name == "certificateOperation")
        return read_choice(value, kOperations, operation_text, "certificateOperation", changes.operation);
    if (name == "authenticationMode")
        return read_choice(value, kAuthModes, auth_mode_text, "authenticationMode", changes.auth_mode);
    if (name == "keyOrder") return read_choice(value, kKeyOrders, key_order_text, "keyOrder", changes.key_order);
    if (name == "keySize") return read_choice(value, kRsaSizes, number_text, "keySize", changes.rsa_bits);
    if (name == "ecKeySize") return read_choice(value, kEcSizes, number_text, "ecKeySize", changes.ec_bits);
    if (name == "upgradeFinishTime") return read_finish(value, changes);
    if (name == "authenticationString") {
        if (!value.empty() && !is_auth_string(value))
            return fail(Errc::malformed, "authenticationString: expected 4 to 10 digits");
        changes.auth_string = Secret(value);
        return {};
    }
    return fail(Errc::malformed, std::string(name) + ": this server cannot change it; see docs/axl.md");
}

Result<void> merge_auth(const Device& device, const Changes& changes, Arming& arming) {
    arming.auth_mode = changes.auth_mode.value_or(device.auth_mode);
    if (arming.auth_mode == AuthMode::string) {
        arming.auth_string = changes.auth_string.value_or(device.auth_string);
        if (!is_auth_string(arming.auth_string.reveal()))
            return fail(Errc::malformed, "authenticationString: by authentication string needs 4 to 10 digits");
        return {};
    }
    if (changes.auth_string && !changes.auth_string->empty())
        return fail(Errc::malformed, "authenticationString: only by authentication string");
    return {};
}

}  // namespace

Result<Changes> read_changes(const pugi::xml_node& phone) {
    Changes changes;
    for (const auto& element : phone.children()) {
        if (element.type() != pugi::node_element) continue;
        const auto read = read_element(local_name(element), std::string(trim(element.text().get())), changes);
        if (!read) return fail(read.error());
    }
    return changes;
}

Result<Changes> read_changes(const SqlUpdate& update) {
    Changes changes;
    std::optional<std::int64_t> status;
    for (const auto& [column, value] : update.assignments) {
        Result<void> read;
        if (column == "tkcertificateoperation") {
            read = read_element("certificateOperation", std::to_string(std::get<std::int64_t>(value)), changes);
        } else if (column == "tkcertificatestatus") {
            status = std::get<std::int64_t>(value);
        } else {
            read = read_finish(std::get<std::string>(value), changes);
        }
        if (!read) return fail(read.error());
    }
    if (!status) return changes;
    const bool disarms = changes.operation == Operation::none;
    if (!changes.operation || *status != (disarms ? kStatusNone : kStatusPending))
        return fail(Errc::rejected,
                    "tkcertificatestatus follows tkcertificateoperation: 2 with an operation, 1 without");
    return changes;
}

Result<std::optional<Arming>> merge(const Device& device, const Changes& changes, const Rules& rules) {
    const bool others = changes.auth_mode || changes.auth_string || changes.rsa_bits || changes.ec_bits ||
                        changes.key_order || changes.finish_by;
    if (!changes.operation && !others) return std::nullopt;
    Arming arming;
    arming.operation = changes.operation.value_or(device.operation);
    // As on the phone page: without an operation there is nothing to set (cucm-capf.md 1.3).
    if (arming.operation == Operation::none) {
        if (!changes.operation)
            return fail(Errc::rejected, "certificateOperation: the other fields count only with an operation");
        if (device.operation == Operation::none) return std::nullopt;
        arming.auth_mode = device.auth_mode;
        return arming;
    }
    if (const auto auth = merge_auth(device, changes, arming); !auth) return fail(auth.error());
    arming.key_order = changes.key_order.value_or(device.key_order);
    arming.rsa_bits = changes.rsa_bits.value_or(device.rsa_bits);
    arming.ec_bits = changes.ec_bits.value_or(device.ec_bits);
    // The old deadline belongs to the old operation.
    arming.finish_by = changes.finish_by.value_or(changes.operation ? rules.default_deadline : device.finish_by);
    if (arming.rsa_bits == 512 && !rules.allow_rsa_512)
        return fail(Errc::rejected,
                    "keySize: 512 bits can be broken in hours; allow_rsa_512 in capfd.json allows them");
    return arming;
}

void append_fields(pugi::xml_node phone, const DeviceRow& row, const pugi::xml_node& tags) {
    const std::pair<const char*, std::string> fields[] = {
        {"name", row.name},
        {"model", row.model},
        {"certificateOperation", std::string(operation_text(row.operation))},
        {"authenticationMode", std::string(auth_mode_text(row.auth_mode))},
        {"keySize", std::to_string(row.rsa_bits)},
        {"keyOrder", std::string(key_order_text(row.key_order))},
        {"ecKeySize", std::to_string(row.ec_bits)},
        {"authenticationString", ""},
        {"certificateStatus", std::string(status_text(row.status))},
        {"upgradeFinishTime", row.finish_by}};
    for (const auto& [name, value] : fields)
        if (!tags.first_child() || child(tags, name)) append(phone, name, value);
}

}  // namespace opencapf::capf::axl

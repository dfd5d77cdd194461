// SPDX-License-Identifier: Apache-2.0
#include "capf/admin_arming.hpp"

namespace opencapf::capf::admin {
namespace {

constexpr std::size_t kMaxNames = 2000;

constexpr std::string_view kNoDeadline = "never";

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

Result<void> read_key(const Json& request, const Config& config, Arming& arming) {
    const auto order = choice_of<KeyOrder>(
        request, "key_order", "rsa",
        {{"rsa", KeyOrder::rsa_only}, {"ec", KeyOrder::ec_only}, {"ec-preferred", KeyOrder::ec_preferred}});
    if (!order) return fail(order.error());
    arming.key_order = *order;
    const auto rsa = number_of(request, "rsa", 512, 4096, config.service.key_size);
    if (!rsa || !key_size_value(static_cast<int>(*rsa)))
        return fail(Errc::malformed, "rsa: expected 512, 1024, 2048, 3072 or 4096");
    if (*rsa == 512 && !config.allow_rsa_512)
        return fail(Errc::rejected, "rsa: 512 bits can be broken in hours; allow_rsa_512 in capfd.json allows them");
    arming.rsa_bits = static_cast<int>(*rsa);
    const auto ec = number_of(request, "ec", 256, 521, 256);
    if (!ec || (*ec != 256 && *ec != 384 && *ec != 521)) return fail(Errc::malformed, "ec: expected 256, 384 or 521");
    arming.ec_bits = static_cast<int>(*ec);
    return {};
}

}  // namespace

std::string default_deadline(const Config& config) {
    const auto days = std::chrono::hours(24) * config.enterprise.operation_expires_days;
    return format_local(std::chrono::system_clock::now() + days, "%Y:%m:%d:%H:%M");
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
    if (const auto read = read_key(request, config, arming); !read) return fail(read.error());
    const auto by = text_of(request, "by", "");
    if (!by) return fail(by.error());
    if (*by == kNoDeadline) return arming;
    arming.finish_by = by->empty() ? default_deadline(config) : *by;
    if (!parse_finish_time(arming.finish_by)) return fail(Errc::malformed, "by: expected YYYY:MM:DD:HH:MM, or never");
    return arming;
}

}  // namespace opencapf::capf::admin

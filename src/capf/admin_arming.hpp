// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/admin_json.hpp"

#include <initializer_list>

/// What requests that arm devices have in common, of one device and of many.
namespace opencapf::capf::admin {

/// "names": 1 to 2000 device names. Error malformed.
Result<std::vector<std::string>> names_of(const Json& request);

/// What CUCM fills in on the phone's page: enterprise parameter "CAPF Operation Expires in (days)".
std::string default_deadline(const Config& config);

/// "operation", "auth", "string", "generate_string", "key_order", "rsa", "ec" and "by" as of device.arm. The string is
/// empty when one has to be generated. Errors malformed and rejected name the member.
Result<Arming> arming_of(const Json& request, const Config& config);

/// The value that `choices` has for the text `key` of the request; error malformed lists the names.
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

}  // namespace opencapf::capf::admin

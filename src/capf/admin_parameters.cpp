// SPDX-License-Identifier: Apache-2.0
#include "capf/admin_json.hpp"
#include "capf/parameters.hpp"
#include "opencapf/base/text.hpp"

namespace opencapf::capf::admin {
namespace {

Json parameter_json(const Parameter& parameter) {
    return {{"name", parameter.name},
            {"kind", parameter.kind},
            {"value", parameter.value},
            {"range", parameter.range},
            {"default", parameter.default_value},
            {"default_confirmed", parameter.default_confirmed},
            {"key", parameter.pointer},
            {"needs_restart", !parameter.live},
            {"help", parameter.help}};
}

Task<Answer> parameter_list(Service& service, Json) {
    const auto config = service.config();
    Json list = Json::array();
    for (const auto& parameter : parameters(*config)) list.push_back(parameter_json(parameter));
    co_return Json{{"parameters", std::move(list)}};
}

// By the documented name, or by the last part of the key in capfd.json.
Task<Answer> parameter_show(Service& service, Json request) {
    const auto name = text_of(request, "name");
    if (!name) co_return fail(name.error());
    const auto config = service.config();
    for (const auto& parameter : parameters(*config)) {
        const auto key = parameter.pointer.substr(parameter.pointer.rfind('/') + 1);
        if (iequals(parameter.name, *name) || iequals(key, *name))
            co_return Json{{"parameter", parameter_json(parameter)}};
    }
    co_return fail(Errc::not_found, "there is no parameter " + printable(*name, 100) + "; see: capfctl parameter list");
}

constexpr Command kCommands[] = {{"parameter.list", parameter_list}, {"parameter.show", parameter_show}};

}  // namespace

std::span<const Command> parameter_commands() { return kCommands; }

}  // namespace opencapf::capf::admin

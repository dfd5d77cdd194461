// SPDX-License-Identifier: Apache-2.0
#include "capf/admin_json.hpp"
#include "opencapf/x509/certificate.hpp"

namespace opencapf::capf::admin {
namespace {

constexpr std::int64_t kRowsPerAnswer = 100;

Json row_json(const UnconfirmedLsc& row) {
    Json json{{"id", row.id},
              {"device", row.device},
              {"issued_at", row.issued_at},
              {"in_delivery", row.reason.empty()},
              {"reason", row.reason}};
    const auto certificate = x509::Certificate::from_der(row.der);
    if (!certificate) return json;
    json["subject"] = certificate->subject_rfc2253();
    json["issuer"] = certificate->issuer_rfc2253();
    json["serial"] = certificate->serial_hex();
    json["valid_until"] = unix_seconds(certificate->not_after());
    return json;
}

Task<Answer> stale_list(Service& service, Json request) {
    const auto after = number_of(request, "after", 0, INT64_MAX, 0);
    if (!after) co_return fail(after.error());
    const auto rows = co_await service.unconfirmed.list(*after, kRowsPerAnswer);
    Json list = Json::array();
    for (const auto& row : rows) list.push_back(row_json(row));
    Json answer{{"lscs", std::move(list)}};
    if (static_cast<std::int64_t>(rows.size()) == kRowsPerAnswer) answer["next"] = rows.back().id;
    co_return answer;
}

Task<Answer> stale_delete(Service& service, Json request) {
    const auto name = text_of(request, "name", "");
    if (!name) co_return fail(name.error());
    const auto all = flag_of(request, "all", false);
    if (!all) co_return fail(all.error());
    if (name->empty() != *all) co_return fail(Errc::malformed, "expected either name or all");
    const auto removed = co_await service.unconfirmed.remove_stale(*name);
    co_return Json{{"deleted", removed}};
}

}  // namespace

std::span<const Command> stale_commands() {
    static constexpr Command kCommands[] = {{"stale_lsc.list", stale_list}, {"stale_lsc.delete", stale_delete}};
    return kCommands;
}

}  // namespace opencapf::capf::admin

// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/admin_json.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"

#include <fmt/format.h>

/// ca.request.*: what stands in the CA's database, and the certificate manager's decisions.
namespace opencapf::ca_sim::admin {
namespace {

constexpr std::int64_t kMaxId = 9'999'999'999;
constexpr std::int64_t kMaxRows = 150;  // keeps an answer far below what a line may have

/// What the manager's console calls it: a revoked certificate is no issued one there.
std::string state_of(const StoredRequest& row) {
    return row.revoked.empty() ? std::string(to_string(row.disposition)) : "revoked";
}

Json row_json(const StoredRequest& row) {
    Json json{{"id", row.id},
              {"state", state_of(row)},
              {"submitted", row.submitted},
              {"requester", printable(row.requester, 256)},
              {"template", printable(row.template_name, 256)},
              {"subject", printable(row.subject, 512)},
              {"message", printable(row.message, 512)},
              {"hresult", hresult_hex(row.code)}};
    if (!row.serial.empty())
        json.update({{"serial", row.serial}, {"not_after", row.not_after}, {"authority", row.authority}});
    if (!row.revoked.empty()) json.update({{"revoked", row.revoked}, {"reason", row.revoke_reason}});
    return json;
}

/// The row an answer is about: by "id", or by "serial".
Task<Result<StoredRequest>> find_row(Admin& admin, Json request) {
    if (request.contains("serial")) {
        auto serial = text_of(request, "serial");
        if (!serial) co_return fail(serial.error());
        std::string normal = to_lower(*serial);
        auto row = co_await admin.ca.store().find_serial(std::move(normal));
        if (!row) co_return fail(Errc::not_found, "there is no certificate with the serial number " + *serial);
        co_return std::move(*row);
    }
    const auto id = number_of(request, "id", 1, kMaxId);
    if (!id) co_return fail(id.error());
    auto row = co_await admin.ca.store().find(*id);
    if (!row) co_return fail(Errc::not_found, fmt::format("there is no request {}; see: capfctl ca list", *id));
    co_return std::move(*row);
}

Result<RequestFilter> filter_of(const Json& request) {
    RequestFilter filter;
    const auto state = text_of(request, "state", "");
    if (!state) return fail(state.error());
    if (!state->empty()) {
        filter.disposition = *state == "revoked" ? Disposition::issued : disposition_from(*state);
        if (!filter.disposition)
            return fail(Errc::malformed, "state: expected issued, revoked, pending, denied, failed or signing");
        if (filter.disposition == Disposition::issued) filter.revoked = *state == "revoked";
    }
    for (const auto& [key, target] : {std::pair{"requester", &filter.requester},
                                      {"template", &filter.template_name},
                                      {"subject", &filter.subject}}) {
        auto text = text_of(request, key, "");
        if (!text) return fail(text.error());
        *target = std::move(*text);
    }
    const auto before = number_of(request, "before", 0, INT64_MAX, 0);
    if (!before) return fail(before.error());
    filter.before = *before;
    const auto limit = number_of(request, "limit", 1, kMaxRows, kMaxRows);
    if (!limit) return fail(limit.error());
    filter.limit = static_cast<std::size_t>(*limit);
    return filter;
}

Task<Answer> list(Admin& admin, Json request) {
    auto filter = filter_of(request);
    if (!filter) co_return fail(filter.error());
    const auto rows = co_await admin.ca.store().list(std::move(*filter));
    Json list = Json::array();
    for (const StoredRequest& row : rows) list.push_back(row_json(row));
    co_return Json{{"requests", std::move(list)}, {"stored", admin.ca.store().stored()}};
}

Task<Answer> show(Admin& admin, Json request) {
    const auto row = co_await find_row(admin, std::move(request));
    if (!row) co_return fail(row.error());
    Json json = row_json(*row);
    if (!row->csr.empty()) json["csr_base64"] = to_base64(row->csr);
    if (!row->certificate.empty()) {
        const auto certificate = x509::Certificate::from_der(row->certificate);
        if (!certificate) co_return fail(certificate.error());
        json["pem"] = certificate->pem();
        json["text"] = certificate->text();
    }
    co_return Json{{"request", std::move(json)}};
}

Answer outcome_json(const Result<CertificateAuthority::Outcome>& outcome) {
    if (!outcome) return fail(outcome.error());
    return Json{{"id", outcome->id},
                {"state", to_string(outcome->disposition)},
                {"message", outcome->message},
                {"hresult", hresult_hex(outcome->code)}};
}

Task<Answer> approve(Admin& admin, Json request) {
    const auto id = number_of(request, "id", 1, kMaxId);
    if (!id) co_return fail(id.error());
    co_return outcome_json(co_await admin.ca.approve(*id));
}

Task<Answer> deny(Admin& admin, Json request) {
    const auto id = number_of(request, "id", 1, kMaxId);
    if (!id) co_return fail(id.error());
    std::string officer = admin.officer;
    co_return outcome_json(co_await admin.ca.deny(*id, std::move(officer)));
}

Task<Answer> revoke(Admin& admin, Json request) {
    constexpr std::int64_t kLastReason = 10, kUnused = 7, kRemoveFromCrl = 8;  // RFC 5280 section 5.3.1
    const auto reason = number_of(request, "reason", 0, kLastReason, 0);
    if (!reason) co_return fail(reason.error());
    if (*reason == kUnused || *reason == kRemoveFromCrl)
        co_return fail(Errc::malformed, "reason: expected 0 to 6, 9 or 10");
    const auto row = co_await find_row(admin, std::move(request));
    if (!row) co_return fail(row.error());
    std::string now = database_time(admin.ca.now());
    if (!co_await admin.ca.store().revoke(row->id, std::move(now), static_cast<int>(*reason)))
        co_return fail(Errc::conflict, fmt::format("request {} is {}: nothing to revoke", row->id, state_of(*row)));
    log::info(fmt::format("request {} revoked, serial {}, reason {}", row->id, row->serial, *reason));
    co_return Json{{"id", row->id}, {"state", "revoked"}, {"reason", *reason}};
}

Task<Answer> unrevoke(Admin& admin, Json request) {
    const auto row = co_await find_row(admin, std::move(request));
    if (!row) co_return fail(row.error());
    std::string now = database_time(admin.ca.now());
    if (!co_await admin.ca.store().unrevoke(row->id, std::move(now)))
        co_return fail(Errc::conflict,
                       fmt::format("request {} is {}; only certificates revoked with the reason certificateHold (6) "
                                   "come back",
                                   row->id, state_of(*row)));
    log::info(fmt::format("request {} is not on hold any more, serial {}", row->id, row->serial));
    co_return Json{{"id", row->id}, {"state", "issued"}};
}

constexpr Command kCommands[] = {{"ca.request.list", list},       {"ca.request.show", show},
                                 {"ca.request.approve", approve}, {"ca.request.deny", deny},
                                 {"ca.request.revoke", revoke},   {"ca.request.unrevoke", unrevoke}};

}  // namespace

std::span<const Command> request_commands() { return kCommands; }

}  // namespace opencapf::ca_sim::admin

// SPDX-License-Identifier: Apache-2.0
#include "capf/admin_arming.hpp"
#include "capf/issuer/offline_ca.hpp"

#include <algorithm>

// csr.* and cert.*: the requests that wait, and the certificates an administrator brings for them.
namespace opencapf::capf::admin {
namespace {

constexpr std::int64_t kMaxRequests = 500;  // of one answer

Task<std::vector<std::string>> request_names(Service& service, bool waiting_only) {
    std::vector<std::string> found;
    auto read = [&service, waiting_only, &found] { found = service.spool.request_names(waiting_only); };
    std::function<void()> job(std::ref(read));
    co_await service.workers.run(std::move(job));
    co_return found;
}

/// What list and dump ask for: "after" (a name), "limit", "waiting" (those that wait only).
struct Window {
    std::string after;
    std::int64_t limit = kMaxRequests;
    bool waiting_only = false;
};

Result<Window> window_of(const Json& request) {
    Window window;
    auto after = text_of(request, "after", "");
    if (!after) return fail(after.error());
    window.after = std::move(*after);
    const auto limit = number_of(request, "limit", 1, kMaxRequests, kMaxRequests);
    if (!limit) return fail(limit.error());
    window.limit = *limit;
    const auto waiting = flag_of(request, "waiting", false);
    if (!waiting) return fail(waiting.error());
    window.waiting_only = *waiting;
    return window;
}

/// Cuts `all` down to the window; gives whether more follows.
bool cut(std::vector<std::string>& all, const Window& window) {
    all.erase(all.begin(), std::ranges::upper_bound(all, window.after));
    const auto limit = static_cast<std::size_t>(window.limit);
    if (all.size() <= limit) return false;
    all.resize(limit);
    return true;
}

Json request_json(const SpooledRequest& request, bool imported) {
    return {{"device", request.device},
            {"written", request.written},
            {"waiting_for", request.waiting_for ? Json(*request.waiting_for) : Json(nullptr)},
            {"certificate_imported", imported}};
}

Task<Answer> csr_list(Service& service, Json request) {
    const auto window = window_of(request);
    if (!window) co_return fail(window.error());
    auto names = co_await request_names(service, window->waiting_only);
    const bool more = cut(names, *window);
    std::vector<SpooledRequest> found;
    auto read = [&service, &names, &found] {
        for (const auto& name : names)
            if (auto one = service.spool.request(name)) found.push_back(std::move(*one));
    };
    std::function<void()> job(std::ref(read));
    co_await service.workers.run(std::move(job));
    Json list = Json::array();
    for (const auto& each : found) {
        const auto imported = co_await service.offline.find(each.device);
        list.push_back(request_json(each, imported.has_value()));
    }
    co_return Json{{"requests", std::move(list)}, {"more", more}};
}

Task<Answer> csr_count(Service& service, Json) {
    const auto all = co_await request_names(service, false);
    const auto waiting = co_await request_names(service, true);
    co_return Json{{"requests", all.size()}, {"waiting", waiting.size()}};
}

Task<Answer> csr_dump(Service& service, Json request) {
    const auto window = window_of(request);
    if (!window) co_return fail(window.error());
    auto found = co_await request_names(service, window->waiting_only);
    const bool more = cut(found, *window);
    Json list = Json::array();
    auto read = [&service, &found, &list] {
        for (const auto& name : found) {
            if (!service.spool.request(name)) continue;
            if (const auto csr = x509::CertificateRequest::from_text(service.spool.read_csr(name)))
                list.push_back({{"device", name}, {"pem", csr->pem()}});
        }
    };
    std::function<void()> job(std::ref(read));
    co_await service.workers.run(std::move(job));
    // A request may be gone or broken, and "after" must still get further.
    co_return Json{{"requests", std::move(list)}, {"more", more}, {"last", found.empty() ? "" : found.back()}};
}

Task<Answer> csr_delete(Service& service, Json request) {
    const auto all = flag_of(request, "all", false);
    if (!all) co_return fail(all.error());
    std::vector<std::string> names;
    if (*all) {
        names = co_await request_names(service, false);
    } else {
        auto given = names_of(request);
        if (!given) co_return fail(given.error());
        for (const auto& name : *given) {
            const auto device = co_await service.devices.find(name);
            names.push_back(device ? device->name : name);
        }
    }
    std::size_t deleted = 0;
    auto remove = [&service, &names, &deleted] {
        for (const auto& name : names) deleted += service.spool.remove_csr(name) ? 1U : 0U;
    };
    std::function<void()> job(std::ref(remove));
    co_await service.workers.run(std::move(job));
    for (const auto& name : names) co_await service.offline.remove(name);
    if (!*all && deleted == 0)
        co_return fail(Errc::not_found, "there is no request of that name; see: capfctl csr list");
    co_return Json{{"deleted", deleted}};
}

Task<Answer> cert_import(Service& service, Json request) {
    auto name = text_of(request, "name");
    if (!name) co_return fail(name.error());
    const auto text = text_of(request, "der_base64");
    if (!text) co_return fail(text.error());
    auto der = from_base64(*text);
    if (!der) co_return fail(Errc::malformed, "der_base64: expected base64");
    auto device = co_await import_certificate(service, std::move(*name), std::move(*der));
    if (!device) co_return fail(device.error());
    co_return Json{{"device", *device}};
}

constexpr Command kCommands[] = {{"csr.list", csr_list},
                                 {"csr.count", csr_count},
                                 {"csr.dump", csr_dump},
                                 {"csr.delete", csr_delete},
                                 {"cert.import", cert_import}};

}  // namespace

std::span<const Command> issuer_commands() { return kCommands; }

}  // namespace opencapf::capf::admin

// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/admin_json.hpp"
#include "ca_sim/auth/ntlm_crypto.hpp"
#include "ca_sim/auth/ntlm_text.hpp"
#include "ca_sim/ca_config.hpp"
#include "ca_sim/overrides.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <openssl/crypto.h>

/// ca.template.* and ca.account.*: what counts before the configuration.
namespace opencapf::ca_sim::admin {
namespace {

constexpr std::size_t kMaxOverrides = 1000;

Task<> apply(Admin& admin) {
    auto job = [&] { admin.apply_overrides(); };
    std::function<void()> erased(std::ref(job));
    co_await admin.ca.pool().run(std::move(erased));
}

Task<Answer> template_list(Admin& admin, Json) {
    Json list = Json::array();
    const auto templates = admin.ca.templates();
    for (const Template& entry : *templates) list.push_back(template_json(entry));
    co_return Json{{"templates", std::move(list)}};
}

/// What the database has of a template with `changes` on top, when the result is a good template. Blocks.
Result<StoredTemplate> changed_template(Admin& admin, const std::string& name, const Json& changes) {
    StoredTemplate fresh{name, {}};
    Json value = Json::object();
    const auto known = admin.ca.state().templates();
    if (known.size() >= kMaxOverrides) return fail(Errc::too_large, "there are too many changed templates");
    for (const StoredTemplate& entry : known) {
        if (iequals(entry.name, name) && !entry.value.empty()) value = Json::parse(entry.value);
    }
    value.merge_patch(changes);
    fresh.value = value.dump();
    try {
        const auto merged = merge_templates(admin.configured_templates(), {fresh});
        const Template* own = find_template(merged, name);
        for (const Template& other : merged) {
            if (&other != own && other.oid == own->oid)
                return fail(Errc::malformed, "oid: template " + other.name + " has it already");
        }
    } catch (const std::exception& error) {
        return fail(Errc::malformed, error.what());
    }
    return fresh;
}

/// The template as it is now with the members of "changes" in place; a new one has nothing but these.
Task<Answer> template_set(Admin& admin, Json request) {
    const auto changes = request.find("changes");
    if (changes == request.end() || !changes->is_object() || !changes->contains("name") ||
        !(*changes)["name"].is_string())
        co_return fail(Errc::malformed, "changes: expected an object with a name");
    const auto name = (*changes)["name"].get<std::string>();
    Result<StoredTemplate> stored = fail(Errc::internal, "not made");
    auto job = [&] { stored = changed_template(admin, name, *changes); };
    std::function<void()> erased(std::ref(job));
    co_await admin.ca.pool().run(std::move(erased));
    if (!stored) co_return fail(stored.error());
    co_await admin.ca.state().put(std::move(*stored));
    co_await apply(admin);
    log::info("template " + printable(name, 128) + " set by the admin socket");
    const auto now = admin.ca.templates();
    const Template* entry = find_template(*now, name);
    if (entry == nullptr) co_return fail(Errc::conflict, "somebody else removed the template meanwhile");
    co_return Json{{"template", template_json(*entry)}};
}

Task<Answer> template_reset(Admin& admin, Json request) {
    auto name = text_of(request, "name");
    if (!name) co_return fail(name.error());
    log::info("template " + printable(*name, 128) + " reset by the admin socket");
    co_await admin.ca.state().forget_template(std::move(*name));
    co_await apply(admin);
    co_return Json::object();
}

Task<Answer> account_reset(Admin& admin, Json request) {
    auto name = text_of(request, "name");
    if (!name) co_return fail(name.error());
    log::info("account " + printable(*name, 128) + " reset by the admin socket");
    co_await admin.ca.state().forget_account(std::move(*name));
    co_await apply(admin);
    co_return Json::object();
}

Task<Answer> template_remove(Admin& admin, Json request) {
    const auto name = text_of(request, "name");
    if (!name) co_return fail(name.error());
    if (find_template(*admin.ca.templates(), *name) == nullptr)
        co_return fail(Errc::not_found, "there is no template " + *name + "; see: capfctl ca template list");
    StoredTemplate stored{*name, {}};
    co_await admin.ca.state().put(std::move(stored));
    co_await apply(admin);
    log::info("template " + printable(*name, 128) + " removed by the admin socket");
    co_return Json::object();
}

Task<Answer> account_list(Admin& admin, Json) {
    Json list = Json::array();
    for (const StoredAccount& account : admin.accounts())
        list.push_back(Json{{"name", account.name}, {"state", account.state}});
    co_return Json{{"accounts", std::move(list)}};
}

Task<Answer> account_set(Admin& admin, Json request) {
    const auto name = text_of(request, "name");
    if (!name) co_return fail(name.error());
    if (!plain_name(*name) || name->find_first_of("/@ :") != std::string::npos)
        co_return fail(Errc::malformed, "name: expected a name without blank ; : \\ / @ \" and control characters");
    const auto accounts = admin.accounts();
    const bool known = std::any_of(accounts.begin(), accounts.end(),
                                   [&](const StoredAccount& account) { return iequals(account.name, *name); });
    // A new password alone changes nothing else: above all it makes no lasting lock of one by wrong passwords.
    const auto state = text_of(request, "state", known ? "" : "enabled");
    if (!state) co_return fail(state.error());
    if (request.contains("state") && *state != "enabled" && *state != "disabled" && *state != "locked")
        co_return fail(Errc::malformed, "state: expected enabled, disabled or locked");
    auto password = text_of(request, "password", "");
    if (!password) co_return fail(password.error());
    const Secret secret(std::move(*password));
    if (!known && secret.empty()) co_return fail(Errc::malformed, "password: a new account needs one");
    if (accounts.size() >= kMaxOverrides) co_return fail(Errc::too_large, "there are too many accounts");
    StoredAccount stored{*name, {}, *state};
    if (!secret.empty()) {
        std::u16string text = utf16_from_text(secret.reveal());
        const NtHash hash = nt_hash(text);
        OPENSSL_cleanse(text.data(), text.size() * sizeof(char16_t));
        stored.nt_hash.assign(hash.begin(), hash.end());
    }
    co_await admin.ca.state().put(std::move(stored));
    co_await apply(admin);
    log::info("account " + printable(*name, 128) + (known ? " changed" : " added") + " by the admin socket");
    for (const StoredAccount& account : admin.accounts()) {
        if (iequals(account.name, *name))
            co_return Json{{"account", {{"name", account.name}, {"state", account.state}}}};
    }
    co_return fail(Errc::conflict, "somebody else removed the account meanwhile");
}

Task<Answer> account_remove(Admin& admin, Json request) {
    const auto name = text_of(request, "name");
    if (!name) co_return fail(name.error());
    const auto accounts = admin.accounts();
    if (std::none_of(accounts.begin(), accounts.end(),
                     [&](const StoredAccount& account) { return iequals(account.name, *name); }))
        co_return fail(Errc::not_found, "there is no account " + *name + "; see: capfctl ca account list");
    StoredAccount stored{*name, {}, "removed"};
    co_await admin.ca.state().put(std::move(stored));
    co_await apply(admin);
    log::info("account " + printable(*name, 128) + " removed by the admin socket");
    co_return Json::object();
}

Task<Answer> account_unlock(Admin& admin, Json request) {
    const auto name = text_of(request, "name");
    if (!name) co_return fail(name.error());
    if (!admin.unlock(*name)) co_return fail(Errc::not_found, "there is no account " + *name);
    // What still locks it is its state, not the wrong passwords.
    const auto accounts = admin.accounts();
    const bool by_state = std::any_of(accounts.begin(), accounts.end(), [&](const StoredAccount& account) {
        return iequals(account.name, *name) && account.state == "locked";
    });
    if (by_state) {
        StoredAccount stored{*name, {}, "enabled"};
        co_await admin.ca.state().put(std::move(stored));
        co_await apply(admin);
    }
    log::info("account " + printable(*name, 128) + " unlocked by the admin socket");
    co_return Json::object();
}

constexpr Command kCommands[] = {{"ca.template.list", template_list},     {"ca.template.set", template_set},
                                 {"ca.template.remove", template_remove}, {"ca.template.reset", template_reset},
                                 {"ca.account.reset", account_reset},     {"ca.account.list", account_list},
                                 {"ca.account.set", account_set},         {"ca.account.remove", account_remove},
                                 {"ca.account.unlock", account_unlock}};

}  // namespace

Json template_json(const Template& entry) {
    constexpr const char* kAlgorithms[] = {"rsa", "ec", "any"};
    constexpr const char* kDuplicates[] = {"issue", "deny", "supersede"};
    return {{"name", entry.name},
            {"display_name", entry.display_name},
            {"oid", entry.oid},
            {"schema", entry.schema},
            {"major_version", entry.major_version},
            {"minor_version", entry.minor_version},
            {"validity_days", entry.validity.count() / 24},
            {"key_usage", entry.key_usage},
            {"eku", entry.eku},
            {"subject_from_request", entry.subject_from_request},
            {"minimum_key_bits", entry.minimum_key_bits},
            {"key_algorithm", kAlgorithms[static_cast<std::size_t>(entry.key_algorithm)]},
            {"duplicates", kDuplicates[static_cast<std::size_t>(entry.duplicates)]},
            {"certificate_authority", entry.certificate_authority},
            {"ra_signatures", entry.ra_signatures},
            {"ra_policy", entry.ra_policy},
            {"manager_approval", entry.manager_approval},
            {"allow_unsigned_requests", entry.allow_unsigned_requests},
            {"enroll", entry.enroll}};
}

std::span<const Command> override_commands() { return kCommands; }

}  // namespace opencapf::ca_sim::admin

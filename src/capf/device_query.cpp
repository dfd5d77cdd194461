// SPDX-License-Identifier: Apache-2.0
#include "capf/device_query.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <span>

namespace opencapf::capf {
namespace {

constexpr std::size_t kMaxConditions = 32, kMaxCondition = 512;

constexpr const char* kIsUnknown = "(lscvaliduntil = 0 AND length(lsc) > 0)";
constexpr const char* kIsNa = "(lscvaliduntil = 0 AND length(lsc) = 0)";

enum class Kind { text, date, choice, status, lsc_state, presence };

struct Choice {
    std::string_view name;
    const char* sql;  ///< true for the devices that have it
};

constexpr std::array<Choice, 5> kOperations = {{{"none", "tkcertificateoperation = 1"},
                                                {"install", "tkcertificateoperation = 2"},
                                                {"delete", "tkcertificateoperation = 3"},
                                                {"troubleshoot", "tkcertificateoperation = 4"},
                                                {"pending", "tkcertificateoperation <> 1"}}};
constexpr std::array<Choice, 4> kAuthModes = {{{"string", "tkauthenticationmode = 1"},
                                               {"null", "tkauthenticationmode = 2"},
                                               {"lsc", "tkauthenticationmode = 3"},
                                               {"mic", "tkauthenticationmode = 4"}}};
constexpr std::array<Choice, 3> kKeyOrders = {
    {{"rsa", "tkkeyorder = 1"}, {"ec", "tkkeyorder = 2"}, {"ec-preferred", "tkkeyorder = 3"}}};
// PKCS#1 is a SEQUENCE; an uncompressed point begins with 4.
constexpr std::array<Choice, 3> kKeyTypes = {{{"rsa", "substr(publickey, 1, 1) = x'30'"},
                                              {"ec", "substr(publickey, 1, 1) = x'04'"},
                                              {"none", "length(publickey) = 0"}}};

constexpr std::array<Choice, 3> kFetched = {{{"lsc", "length(fetchedlsc) > 0"},
                                             {"mic", "length(fetchedmic) > 0"},
                                             {"none", "length(fetchedlsc) + length(fetchedmic) = 0"}}};

constexpr std::array<Choice, 5> kKinds = {{{"phone", "kind = 0"},
                                           {"application", "kind = 1"},
                                           {"end-user", "kind = 2"},
                                           {"profile", "kind > 0"},
                                           {"any", "1"}}};

struct Field {
    std::string_view name;
    Kind kind;
    const char* column;
    std::span<const Choice> choices = {};
};

constexpr std::array<Field, 16> kFields = {{{"name", Kind::text, "name"},
                                            {"model", Kind::text, "model"},
                                            {"pkid", Kind::text, "pkid"},
                                            {"lsc-issuer", Kind::text, "lscissuername"},
                                            {"lsc-expires", Kind::date, "lscvaliduntil"},
                                            {"lsc-issuer-expires", Kind::date, "lscissuervaliduntil"},
                                            {"status", Kind::status, "tkcertificatestatus"},
                                            {"lsc-status", Kind::status, "tkcertificatestatus"},
                                            {"lsc", Kind::lsc_state, ""},
                                            {"operation", Kind::choice, "", kOperations},
                                            {"auth", Kind::choice, "", kAuthModes},
                                            {"auth-string", Kind::presence, "authenticationstring"},
                                            {"key-order", Kind::choice, "", kKeyOrders},
                                            {"key-type", Kind::choice, "", kKeyTypes},
                                            {"fetched", Kind::choice, "", kFetched},
                                            {"kind", Kind::choice, "", kKinds}}};

std::string like_escape(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

std::string pop_word(std::string_view& text) {
    text = trim(text);
    const auto end = std::min(text.find(' '), text.size());
    std::string word = to_lower(text.substr(0, end));
    text = trim(text.substr(end));
    return word;
}

template <class Container>
std::string names_of(const Container& items) {
    std::string names;
    for (const auto& item : items) names += (names.empty() ? "" : ", ") + std::string(item.name);
    return names;
}

}  // namespace

// One condition of a query: reads it, and adds its SQL.
class ConditionParser {
public:
    ConditionParser(DeviceQuery& query, WallTime now) : query_(query), now_(now) { query_.sql_ = "1"; }

    // Without a word on the kind only phones are meant.
    void finish() {
        if (phones_only_) query_.sql_ += " AND kind = 0";
    }

    Result<void> read(std::string_view condition) {
        std::string_view rest = condition;
        const std::string name = pop_word(rest);
        const auto field = std::ranges::find(kFields, name, &Field::name);
        if (field == kFields.end()) return wrong("unknown field '" + name + "'; there are " + names_of(kFields));
        if (name == "kind") phones_only_ = false;
        operator_ = pop_word(rest);
        value_ = std::string(rest);
        const bool takes_value = operator_ != "empty" && operator_ != "not-empty";
        if (takes_value == value_.empty())
            return wrong(operator_.empty() ? name + ": an operator is missing"
                         : takes_value     ? name + ' ' + operator_ + ": a value is missing"
                                           : operator_ + " takes no value");
        return of(*field);
    }

private:
    Result<void> of(const Field& field) {
        switch (field.kind) {
            case Kind::text:
                return text(field.column);
            case Kind::date:
                return date(field.column);
            case Kind::status:
                return status(field.column);
            case Kind::choice:
                return choice(field.choices);
            case Kind::lsc_state:
                return lsc_state();
            case Kind::presence:
                return presence(field.column, "''", "empty, not-empty");
        }
        return wrong("unknown field");
    }

    static tl::unexpected<Error> wrong(std::string text) { return fail(Errc::malformed, std::move(text)); }
    tl::unexpected<Error> no_operator(const std::string& known) const {
        return wrong("unknown operator '" + operator_ + "'; here are " + known);
    }

    void add(const std::string& sql) { query_.sql_ += " AND " + sql; }
    void add(const std::string& sql, DeviceQuery::Value value) {
        add(sql);
        query_.values_.push_back(std::move(value));
    }

    Result<void> presence(const std::string& column, const char* nothing, const char* known) {
        if (operator_ != "empty" && operator_ != "not-empty") return no_operator(known);
        add(column + (operator_ == "empty" ? " = " : " <> ") + nothing);
        return {};
    }

    // LIKE compares ASCII letters without regard to case.
    Result<void> text(const std::string& column) {
        const std::string like = column + " LIKE ? ESCAPE '\\'", value = like_escape(value_);
        if (operator_ == "begins") return add(like, value + '%'), Result<void>{};
        if (operator_ == "contains") return add(like, '%' + value + '%'), Result<void>{};
        if (operator_ == "ends") return add(like, '%' + value), Result<void>{};
        if (operator_ == "is") return add(column + " = ? COLLATE NOCASE", value_), Result<void>{};
        return presence(column, "''", "begins, contains, ends, is, empty, not-empty");
    }

    Result<void> date(const std::string& column) {
        constexpr const char* kKnown = "before, is, after, empty, not-empty";
        if (operator_ != "before" && operator_ != "is" && operator_ != "after") return presence(column, "0", kKnown);
        const auto range = parse_date(value_, now_);
        if (!range)
            return wrong("'" + value_ +
                         "' is no date; expected e.g. 2027-01-31, \"2027-01-31 18:00\", now, 30d, 12h, 2w or -7d");
        // 0 is no date: it is before nothing.
        if (operator_ == "before") {
            add(column + " > 0");
            add(column + " < ?", range->from);
        } else if (operator_ == "is") {
            add(column + " >= ?", range->from);
            add(column + " < ?", range->until);
        } else {
            add(column + " >= ?", range->until);
        }
        return {};
    }

    // Resolved here: the texts are ours, the table has numbers.
    Result<void> status(const std::string& column) {
        const std::string wanted = to_lower(value_);
        std::function<bool(CertificateStatus, const std::string&)> matches;
        if (operator_ == "is" || operator_ == "is-not") {
            matches = [&](CertificateStatus n, const std::string& text) {
                return text == wanted || std::to_string(n) == wanted;
            };
        } else if (operator_ == "begins") {
            matches = [&](CertificateStatus, const std::string& text) { return text.starts_with(wanted); };
        } else if (operator_ == "contains") {
            matches = [&](CertificateStatus, const std::string& text) { return text.find(wanted) != text.npos; };
        } else if (operator_ == "ends") {
            matches = [&](CertificateStatus, const std::string& text) { return text.ends_with(wanted); };
        } else {
            return no_operator("is, is-not, begins, contains, ends");
        }
        std::string numbers;
        for (CertificateStatus n = 1; n <= kLastStatus; ++n)
            if (matches(n, to_lower(status_text(n)))) numbers += (numbers.empty() ? "" : ", ") + std::to_string(n);
        if (numbers.empty())
            return wrong("no status matches '" + value_ +
                         "'; there are 1 to 34 and their texts, e.g. upgrade success (docs/capfctl.md)");
        add(column + (operator_ == "is-not" ? " NOT IN (" : " IN (") + numbers + ')');
        return {};
    }

    Result<bool> is_or_not() const {
        if (operator_ != "is" && operator_ != "is-not") return no_operator("is, is-not");
        return operator_ == "is";
    }

    Result<void> choice(std::span<const Choice> choices) {
        const auto is = is_or_not();
        if (!is) return fail(is.error());
        const auto found = std::ranges::find(choices, to_lower(value_), &Choice::name);
        if (found == choices.end()) return wrong("unknown value '" + value_ + "'; there are " + names_of(choices));
        add((*is ? "(" : "NOT (") + std::string(found->sql) + ')');
        return {};
    }

    Result<void> lsc_state() {
        const auto is = is_or_not();
        if (!is) return fail(is.error());
        const std::string wanted = to_lower(value_), no = *is ? "" : "NOT ";
        const auto now = unix_seconds(now_);
        if (wanted == "valid") return add(no + "(lscvaliduntil > ?)", now), Result<void>{};
        if (wanted == "expired") return add(no + "(lscvaliduntil > 0 AND lscvaliduntil <= ?)", now), Result<void>{};
        if (wanted == "na") return add(no + kIsNa), Result<void>{};
        if (wanted == "unknown") return add(no + kIsUnknown), Result<void>{};
        return wrong("unknown value '" + value_ + "'; there are valid, expired, na, unknown");
    }

    DeviceQuery& query_;
    const WallTime now_;
    bool phones_only_ = true;
    std::string operator_, value_;
};

Result<DeviceQuery> DeviceQuery::parse(const std::vector<std::string>& conditions, WallTime now) {
    if (conditions.size() > kMaxConditions)
        return fail(Errc::malformed, "where: at most " + std::to_string(kMaxConditions) + " conditions");
    DeviceQuery query;
    ConditionParser parser(query, now);
    for (const auto& condition : conditions) {
        // SQLite's LIKE ends at a NUL, and so would the condition.
        const bool fits = condition.size() <= kMaxCondition && condition.find('\0') == std::string::npos;
        if (!fits) return fail(Errc::malformed, "where: a condition has at most 512 bytes, and no NUL");
        const auto read = parser.read(condition);
        if (!read) return fail(read.error().with("where '" + condition + "'"));
    }
    parser.finish();
    return query;
}

int DeviceQuery::bind(SQLite::Statement& statement, int first) const {
    for (const auto& value : values_) std::visit([&](const auto& v) { statement.bind(first++, v); }, value);
    return first;
}

std::string_view to_string(LscState state) {
    constexpr std::array<std::string_view, 4> kNames = {"valid", "expired", "na", "unknown"};
    return kNames.at(static_cast<std::size_t>(state));
}

LscState DeviceRow::lsc_state(std::int64_t now) const noexcept {
    if (lsc_valid_until > 0) return lsc_valid_until > now ? LscState::valid : LscState::expired;
    return has_lsc ? LscState::unknown : LscState::na;
}

DevicePage find_devices(SQLite::Database& db, const DeviceQuery& query, const std::string& after, std::size_t limit) {
    SQLite::Statement rows(
        db,
        "SELECT name, model, tkcertificateoperation, tkcertificatestatus, tkauthenticationmode, "
        "authenticationstring <> '', upgradefinishtime, tkkeyorder, keysize, eckeysize, length(lsc) > 0, "
        "CASE hex(substr(publickey, 1, 1)) WHEN '30' THEN 'rsa' WHEN '04' THEN 'ec' ELSE '' END, lscserial, "
        "lscissuername, lscvalidfrom, lscvaliduntil, lscissuervaliduntil, kind, profileuser, profileinstance, pkid "
        "FROM "
        "Device WHERE name > ? AND " +
            query.sql() + " ORDER BY name LIMIT ?");
    const auto bounded = std::clamp<std::size_t>(limit, 1, kMaxPage);
    rows.bind(1, after);
    rows.bind(query.bind(rows, 2), static_cast<std::int64_t>(bounded) + 1);
    DevicePage page;
    while (rows.executeStep()) {
        if (page.rows.size() == bounded) {
            page.more = true;
            break;
        }
        DeviceRow row;
        row.name = rows.getColumn(0).getString();
        row.model = rows.getColumn(1).getString();
        row.operation = static_cast<Operation>(rows.getColumn(2).getInt());
        row.status = rows.getColumn(3).getInt();
        row.auth_mode = static_cast<AuthMode>(rows.getColumn(4).getInt());
        row.auth_string_set = rows.getColumn(5).getInt() != 0;
        row.finish_by = rows.getColumn(6).getString();
        row.key_order = static_cast<KeyOrder>(rows.getColumn(7).getInt());
        row.rsa_bits = rows.getColumn(8).getInt();
        row.ec_bits = rows.getColumn(9).getInt();
        row.has_lsc = rows.getColumn(10).getInt() != 0;
        row.key_type = rows.getColumn(11).getString();
        row.lsc_serial = rows.getColumn(12).getString();
        row.lsc_issuer = rows.getColumn(13).getString();
        row.lsc_valid_from = rows.getColumn(14).getInt64();
        row.lsc_valid_until = rows.getColumn(15).getInt64();
        row.lsc_issuer_valid_until = rows.getColumn(16).getInt64();
        row.kind = static_cast<DeviceKind>(rows.getColumn(17).getInt());
        row.profile_user = rows.getColumn(18).getString();
        row.profile_instance = rows.getColumn(19).getString();
        row.pkid = rows.getColumn(20).getString();
        page.rows.push_back(std::move(row));
    }
    return page;
}

Task<DevicePage> find_devices(storage::Database& database, DeviceQuery query, std::string after, std::size_t limit) {
    auto job = [query = std::move(query), after = std::move(after), limit](SQLite::Database& db) {
        return find_devices(db, query, after, limit);
    };
    co_return co_await database.run(std::move(job));
}

Task<std::size_t> count_devices(storage::Database& database, DeviceQuery query) {
    auto job = [query = std::move(query)](SQLite::Database& db) {
        SQLite::Statement count(db, "SELECT count(*) FROM Device WHERE " + query.sql());
        query.bind(count, 1);
        count.executeStep();
        return static_cast<std::size_t>(count.getColumn(0).getInt64());
    };
    co_return co_await database.run(std::move(job));
}

}  // namespace opencapf::capf

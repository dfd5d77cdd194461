// SPDX-License-Identifier: Apache-2.0
#include "capf/axl/sql.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace opencapf::capf::axl {
namespace {

constexpr std::size_t kMaxStatement = 4096, kMaxTokens = 200;
constexpr std::ptrdiff_t kMaxWildcards = 3;  // what LIKE costs grows with each as the length of the text does

struct Column {
    std::string_view name;
    bool number;
    bool may_set;
};
constexpr std::array<Column, 9> kColumns = {{{"name", false, false},
                                             {"pkid", false, false},
                                             {"tkcertificateoperation", true, true},
                                             {"tkcertificatestatus", true, true},
                                             {"tkauthenticationmode", true, false},
                                             {"upgradefinishtime", false, true},
                                             {"lscvaliduntil", true, false},
                                             {"lscissuername", false, false},
                                             {"lscissuervaliduntil", true, false}}};

struct Token {
    enum class Kind { word, text, symbol } kind;
    std::string text;  ///< words in lower case
};

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

Result<std::vector<Token>> tokens_of(std::string_view text) {
    if (text.size() > kMaxStatement)
        return fail(Errc::malformed, "A syntax error has occurred: the statement is too long");
    std::vector<Token> tokens;
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            ++i;
        } else if (c == '\'') {
            std::string value;
            for (++i;; ++i) {
                if (i >= text.size()) return fail(Errc::malformed, "A syntax error has occurred: a text has no end");
                if (text[i] == '\'' && (i + 1 == text.size() || text[i + 1] != '\'')) break;
                if (text[i] == '\'') ++i;
                if (text[i] == '\0') return fail(Errc::malformed, "A syntax error has occurred: a text has no NUL");
                value += text[i];
            }
            ++i;
            tokens.push_back({Token::Kind::text, std::move(value)});
        } else if (is_word(c)) {
            const auto end = std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(i), text.end(), is_word);
            const auto length = static_cast<std::size_t>(end - text.begin()) - i;
            tokens.push_back({Token::Kind::word, to_lower(text.substr(i, length))});
            i += length;
        } else {
            const auto two = text.substr(i, 2);
            const bool pair = two == "<>" || two == "!=" || two == "<=" || two == ">=";
            tokens.push_back({Token::Kind::symbol, std::string(text.substr(i, pair ? 2 : 1))});
            i += pair ? 2 : 1;
        }
        if (tokens.size() > kMaxTokens)
            return fail(Errc::malformed, "A syntax error has occurred: the statement is too long");
    }
    return tokens;
}

class Parser {
public:
    explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

    [[nodiscard]] bool done() const { return at_ == tokens_.size(); }
    bool take(std::string_view word) {
        if (done() || tokens_[at_].kind == Token::Kind::text || tokens_[at_].text != word) return false;
        ++at_;
        return true;
    }
    Result<void> expect(std::string_view word) {
        if (take(word)) return {};
        return wrong("expected " + std::string(word));
    }
    Result<Column> column() {
        if (!done() && tokens_[at_].kind == Token::Kind::word) {
            const auto found = std::ranges::find(kColumns, tokens_[at_].text, &Column::name);
            if (found != kColumns.end()) return ++at_, *found;
        }
        return wrong("expected a column of device that this server has");
    }
    Result<std::string> comparison() {
        for (const auto* known : {"=", "<>", "!=", "<=", ">=", "<", ">", "like"})
            if (take(known)) return known;
        return wrong("expected a comparison");
    }
    // CUCM's own statements quote numbers as well.
    Result<SqlValue> value(const Column& column) {
        if (done() || tokens_[at_].kind == Token::Kind::symbol) return wrong("expected a value");
        const Token& token = tokens_[at_];
        if (!column.number && token.kind == Token::Kind::word) return wrong("expected a text in quotes");
        ++at_;
        if (!column.number) return SqlValue(token.text);
        std::int64_t number = 0;
        const auto* end = token.text.data() + token.text.size();
        const auto [stop, error] = std::from_chars(token.text.data(), end, number);
        if (error != std::errc{} || stop != end) return wrong("expected a number");
        return SqlValue(number);
    }
    [[nodiscard]] tl::unexpected<Error> wrong(const std::string& what) const {
        const std::string where = done() ? "at the end" : "at '" + printable(tokens_[at_].text, 64) + "'";
        return fail(Errc::malformed, "A syntax error has occurred: " + what + ' ' + where +
                                         "; this server understands the statements of docs/axl.md only");
    }

private:
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
};

Result<void> read_condition(Parser& parser, SqlQuery& query) {
    const auto column = parser.column();
    if (!column) return fail(column.error());
    const auto comparison = parser.comparison();
    if (!comparison) return fail(comparison.error());
    if (*comparison == "like" && column->number) return parser.wrong("LIKE compares texts");
    auto value = parser.value(*column);
    if (!value) return fail(value.error());
    const auto* pattern = *comparison == "like" ? std::get_if<std::string>(&*value) : nullptr;
    if (pattern != nullptr && std::ranges::count(*pattern, '%') > kMaxWildcards)
        return parser.wrong("a pattern has at most 3 %");
    query.sql += " AND " + std::string(column->name) + ' ' + *comparison + " ?";
    query.values.push_back(std::move(*value));
    return {};
}

Result<void> read_order(Parser& parser, SqlQuery& query) {
    if (const auto by = parser.expect("by"); !by) return by;
    const auto column = parser.column();
    if (!column) return fail(column.error());
    const bool descending = parser.take("desc");
    if (!descending) parser.take("asc");
    query.sql += " ORDER BY " + std::string(column->name) + (descending ? " DESC" : "");
    return {};
}

}  // namespace

Result<SqlQuery> parse_query(std::string_view text) {
    auto tokens = tokens_of(text);
    if (!tokens) return fail(tokens.error());
    Parser parser(std::move(*tokens));
    if (const auto select = parser.expect("select"); !select) return fail(select.error());
    SqlQuery query;
    do {
        const auto column = parser.column();
        if (!column) return fail(column.error());
        query.sql += (query.columns.empty() ? "SELECT " : ", ") + std::string(column->name);
        query.columns.emplace_back(column->name);
    } while (parser.take(","));
    for (const auto* word : {"from", "device"})
        if (const auto there = parser.expect(word); !there) return fail(there.error());
    query.sql += " FROM Device WHERE kind = 0";
    if (parser.take("where")) {
        do {
            if (const auto read = read_condition(parser, query); !read) return fail(read.error());
        } while (parser.take("and"));
    }
    if (parser.take("order")) {
        if (const auto read = read_order(parser, query); !read) return fail(read.error());
    }
    if (!parser.done()) return parser.wrong("expected nothing more");
    return query;
}

Result<SqlUpdate> parse_update(std::string_view text) {
    auto tokens = tokens_of(text);
    if (!tokens) return fail(tokens.error());
    Parser parser(std::move(*tokens));
    for (const auto* word : {"update", "device", "set"})
        if (const auto there = parser.expect(word); !there) return fail(there.error());
    SqlUpdate update;
    do {
        const auto column = parser.column();
        if (!column) return fail(column.error());
        if (!column->may_set) return parser.wrong(std::string(column->name) + " cannot be set");
        if (const auto equals = parser.expect("="); !equals) return fail(equals.error());
        auto value = parser.value(*column);
        if (!value) return fail(value.error());
        update.assignments.emplace_back(column->name, std::move(*value));
    } while (parser.take(","));
    if (const auto where = parser.expect("where"); !where) return fail(where.error());
    const auto key = parser.column();
    if (!key) return fail(key.error());
    if (key->name != "name" && key->name != "pkid") return parser.wrong("one device, by its name or pkid, is expected");
    if (const auto equals = parser.expect("="); !equals) return fail(equals.error());
    const auto value = parser.value(*key);
    if (!value) return fail(value.error());
    if (!parser.done()) return parser.wrong("expected nothing more");
    update.key_column = key->name;
    update.key = std::get<std::string>(*value);
    return update;
}

}  // namespace opencapf::capf::axl

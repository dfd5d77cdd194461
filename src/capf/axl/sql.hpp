// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace opencapf::capf::axl {

/// What executeSQLQuery and executeSQLUpdate may say: what renewal scripts use, and nothing else.
///
///   SELECT COLUMN, ... FROM device [WHERE COLUMN OP VALUE AND ...] [ORDER BY COLUMN [ASC|DESC]]
///   UPDATE device SET COLUMN = VALUE, ... WHERE name|pkid = VALUE
///
/// Columns: name, pkid, tkcertificateoperation, tkcertificatestatus, tkauthenticationmode, upgradefinishtime,
/// lscvaliduntil, lscissuername, lscissuervaliduntil. OP: = <> != < <= > >= LIKE. Values: integers and 'texts'. The
/// statement is never passed on: SQL is written anew from what was understood, with every value as a parameter.

using SqlValue = std::variant<std::int64_t, std::string>;

struct SqlQuery {
    std::vector<std::string> columns;
    std::string sql;  ///< with "?" for `values`; ends before a LIMIT
    std::vector<SqlValue> values;
};
Result<SqlQuery> parse_query(std::string_view text);

struct SqlUpdate {
    std::vector<std::pair<std::string, SqlValue>> assignments;  ///< column, and a value of its type
    std::string key_column;                                     ///< "name" or "pkid"
    std::string key;
};
Result<SqlUpdate> parse_update(std::string_view text);

}  // namespace opencapf::capf::axl

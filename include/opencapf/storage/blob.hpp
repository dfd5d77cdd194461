// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/bytes.hpp"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

namespace opencapf::storage {

/// Copies the bytes of a BLOB column; SQLite's pointer dies with the row.
inline Bytes read_blob(const SQLite::Column& column) {
    const auto* data = static_cast<const std::uint8_t*>(column.getBlob());
    return data == nullptr ? Bytes() : Bytes(data, data + column.getBytes());
}

/// Binds `bytes`, which must outlive the statement's execution. An empty vector's pointer may be null, and a null
/// pointer would bind NULL.
inline void bind_blob(SQLite::Statement& statement, int index, const Bytes& bytes) {
    static constexpr std::uint8_t kNothing = 0;
    statement.bind(index, bytes.empty() ? &kNothing : bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace opencapf::storage

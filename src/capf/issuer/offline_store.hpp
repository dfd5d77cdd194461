// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/bytes.hpp"
#include "opencapf/storage/database.hpp"

#include <optional>
#include <string>

namespace opencapf::capf {

/// Certificates an administrator has imported, until the next session of their phone. Thread-safe; tasks resume after
/// the commit.
class OfflineStore {
public:
    explicit OfflineStore(storage::Database& database) : database_(database) {}

    /// Replaces an earlier one of the same device.
    Task<> put(std::string device, Bytes der, std::int64_t now);
    Task<std::optional<Bytes>> find(std::string device);
    Task<> remove(std::string device);

private:
    storage::Database& database_;
};

}  // namespace opencapf::capf

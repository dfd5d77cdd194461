// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace opencapf::storage {

/// A lock among processes of one machine, held until it is destroyed or the process ends, however it ends (flock(2)).
/// The file stays. Not for a database file itself: closing one would drop SQLite's own locks.
class FileLock {
public:
    enum class Mode { shared, exclusive };

    FileLock() = default;  ///< holds nothing
    /// Makes the file (mode 0600) when it is not there. Does not wait. Throws std::system_error when the file cannot be
    /// opened, std::runtime_error with `taken` when another process holds the lock.
    FileLock(const std::string& path, Mode mode, const std::string& taken);
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;
    ~FileLock();

private:
    int descriptor_ = -1;
};

}  // namespace opencapf::storage

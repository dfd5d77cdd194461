// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace opencapf::diagnosis {

/// Bounds of what is read.
struct LogLimits {
    std::size_t max_files = 2'000;                           ///< files, and members of archives
    std::size_t max_file_bytes = 256UL * 1024 * 1024;        ///< unpacked; of what is longer the end is read
    std::size_t max_total_bytes = 2UL * 1024 * 1024 * 1024;  ///< of all files together, unpacked
};

/// Reads the file `path` as it was collected: CUCM compresses its traces (.gz, .gzo) and RTMT packs what it collects
/// (.zip), so a compressed file is read as what is in it, and an archive (zip, tar) member by member, "FILE:MEMBER".
/// Text in UTF-16 with a byte order mark, as PowerShell writes it, becomes UTF-8. Files are told by their first bytes.
/// Nothing is written. Calls `take` with a name and a text, and returns how often. Throws std::runtime_error naming the
/// file when it cannot be read, is damaged, or unpacks to more than `limits` allow; what came before was taken.
std::size_t read_log_file(const std::string& path, const LogLimits& limits,
                          const std::function<void(const std::string& name, const std::string& text)>& take);

}  // namespace opencapf::diagnosis

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::log {

/// One legacy log file: lines come rendered, spdlog's asynchronous logger carries them to the file in order and flushes
/// after each block, off the event loops. Thread-safe. A full queue makes writers wait rather than lose lines.
class LineFile {
public:
    /// Opens for appending; throws std::runtime_error naming the path.
    explicit LineFile(std::string path);
    ~LineFile();
    /// `lines` stay together in the file.
    void write(const std::vector<std::string>& lines);
    void write(std::string_view line);
    /// Waits until everything written so far is in the file. Blocks: tests and shutdown only.
    void flush();
    /// Closes and opens the path again (after logrotate). Throws std::runtime_error naming the path; the old file stays
    /// then.
    void reopen();
    [[nodiscard]] const std::string& path() const noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace opencapf::log

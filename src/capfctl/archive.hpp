// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/bytes.hpp"

#include <functional>
#include <memory>
#include <string>

namespace opencapf::capfctl {

/// One member of an archive as it was found. Nothing is written to the disk, so no name can do harm.
struct ArchiveMember {
    std::string path;
    bool regular = true;     ///< a plain file: no directory, link or device
    bool too_large = false;  ///< then without content
    Bytes content;
};

/// Calls `take` for each member of a .tgz (or another tar) in turn. Bounded: members of at most `max_member` bytes are
/// read; more than `max_members`, or more than `max_total` bytes unpacked, end it. Throws std::runtime_error naming the
/// file; members before the fault have been taken.
void read_archive(const std::string& path, std::size_t max_member, std::size_t max_members, std::size_t max_total,
                  const std::function<void(ArchiveMember)>& take);

/// Writes a new .tgz of plain files, mode 0600. The file gets its name in finish(): before, it is PATH.part.
class ArchiveWriter {
public:
    /// Throws std::runtime_error naming the file.
    explicit ArchiveWriter(std::string path);
    ~ArchiveWriter();
    void add(const std::string& name, ByteView content);
    void finish();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace opencapf::capfctl

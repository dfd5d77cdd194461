// SPDX-License-Identifier: Apache-2.0
#include "capfctl/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

namespace opencapf::capfctl {
namespace {

constexpr std::size_t kBlock = 64 * 1024;

struct Free {
    void operator()(archive* a) const { archive_free(a); }
    void operator()(archive_entry* e) const { archive_entry_free(e); }
};
using Archive = std::unique_ptr<archive, Free>;

[[noreturn]] void throw_error(const std::string& path, archive* a) {
    const char* text = archive_error_string(a);
    throw std::runtime_error(path + ": " + (text != nullptr ? text : "cannot be read as an archive"));
}

/// Reads the content of the present member, at most `limit` bytes.
ArchiveMember read_member(const std::string& path, archive* a, archive_entry* entry, std::size_t limit) {
    ArchiveMember member;
    const char* name = archive_entry_pathname(entry);
    member.path = name != nullptr ? name : "";
    member.regular = archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr;
    if (!member.regular) return member;
    Bytes buffer(limit + 1);
    std::size_t used = 0;
    while (used < buffer.size()) {
        const auto count = archive_read_data(a, buffer.data() + used, buffer.size() - used);
        if (count < 0) throw_error(path, a);
        if (count == 0) break;
        used += static_cast<std::size_t>(count);
    }
    member.too_large = used > limit;
    buffer.resize(member.too_large ? 0 : used);
    member.content = std::move(buffer);
    return member;
}

}  // namespace

void read_archive(const std::string& path, std::size_t max_member, std::size_t max_members, std::size_t max_total,
                  const std::function<void(ArchiveMember)>& take) {
    const Archive a(archive_read_new());
    if (!a) throw std::bad_alloc();
    archive_read_support_filter_gzip(a.get());
    archive_read_support_format_tar(a.get());
    if (archive_read_open_filename(a.get(), path.c_str(), kBlock) != ARCHIVE_OK) throw_error(path, a.get());
    std::size_t members = 0;
    for (;;) {
        archive_entry* entry = nullptr;
        const int result = archive_read_next_header(a.get(), &entry);
        if (result == ARCHIVE_EOF) return;
        if (result != ARCHIVE_OK && result != ARCHIVE_WARN) throw_error(path, a.get());
        // What was skipped counts as well: a small archive can unpack to very much.
        if (archive_filter_bytes(a.get(), 0) > static_cast<std::int64_t>(max_total))
            throw std::runtime_error(path + ": unpacks to more than " + std::to_string(max_total) + " bytes");
        if (++members > max_members)
            throw std::runtime_error(path + ": holds more than " + std::to_string(max_members) + " files");
        take(read_member(path, a.get(), entry, max_member));
    }
}

struct ArchiveWriter::Impl {
    explicit Impl(std::string p) : path(std::move(p)), part(path + ".part"), a(archive_write_new()) {
        if (!a) throw std::bad_alloc();
        file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (file < 0) throw std::system_error(errno, std::generic_category(), part);
        archive_write_add_filter_gzip(a.get());
        archive_write_set_format_pax_restricted(a.get());
        if (archive_write_open_fd(a.get(), file) != ARCHIVE_OK) throw_error(part, a.get());
    }
    ~Impl() {
        a.reset();
        ::close(file);
        std::error_code ignored;  // it is not there any more once finish() has named it
        std::filesystem::remove(part, ignored);
    }
    const std::string path, part;
    Archive a;
    int file = -1;
};

ArchiveWriter::ArchiveWriter(std::string path) : impl_(std::make_unique<Impl>(std::move(path))) {}
ArchiveWriter::~ArchiveWriter() = default;

void ArchiveWriter::add(const std::string& name, ByteView content) {
    const std::unique_ptr<archive_entry, Free> entry(archive_entry_new());
    if (!entry) throw std::bad_alloc();
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_mtime(entry.get(), std::time(nullptr), 0);
    if (archive_write_header(impl_->a.get(), entry.get()) != ARCHIVE_OK) throw_error(impl_->part, impl_->a.get());
    const auto written = archive_write_data(impl_->a.get(), content.data(), content.size());
    if (written != static_cast<la_ssize_t>(content.size())) throw_error(impl_->part, impl_->a.get());
}

void ArchiveWriter::finish() {
    if (archive_write_close(impl_->a.get()) != ARCHIVE_OK) throw_error(impl_->part, impl_->a.get());
    std::filesystem::rename(impl_->part, impl_->path);
}

}  // namespace opencapf::capfctl

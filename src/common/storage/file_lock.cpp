// SPDX-License-Identifier: Apache-2.0
#include "opencapf/storage/file_lock.hpp"

#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace opencapf::storage {

FileLock::FileLock(const std::string& path, Mode mode, const std::string& taken)
    : descriptor_(::open(path.c_str(), O_CREAT | O_CLOEXEC | O_RDWR, 0600)) {
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "cannot open the lock " + path);
    if (::flock(descriptor_, (mode == Mode::shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0) return;
    const int error = errno;
    ::close(std::exchange(descriptor_, -1));
    if (error == EWOULDBLOCK) throw std::runtime_error(taken + " (lock " + path + ")");
    throw std::system_error(error, std::generic_category(), "cannot lock " + path);
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

FileLock::~FileLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace opencapf::storage

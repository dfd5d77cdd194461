// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/text.hpp"

#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace opencapf {
namespace {

[[noreturn]] void throw_errno(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return fd_; }

private:
    int fd_;
};

void write_all(int fd, std::string_view content, const std::string& path) {
    while (!content.empty()) {
        const auto written = ::write(fd, content.data(), content.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            throw_errno("cannot write " + path);
        }
        content.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace

void require_private(const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0 && (info.st_mode & 0007) != 0)
        throw std::runtime_error(path + " holds a secret but others may access it; run: chmod o-rwx " + path);
}

std::string read_file(const std::string& path, std::size_t max_bytes) {
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0) throw_errno("cannot open " + path);
    std::string content;
    char buffer[16384];
    for (;;) {
        const auto count = ::read(fd.get(), buffer, sizeof buffer);
        if (count < 0) {
            if (errno == EINTR) continue;
            throw_errno("cannot read " + path);
        }
        if (count == 0) return content;
        content.append(buffer, static_cast<std::size_t>(count));
        if (content.size() > max_bytes)
            throw std::runtime_error(path + " is larger than " + std::to_string(max_bytes) + " bytes");
    }
}

void write_file_atomically(const std::string& path, std::string_view content, unsigned mode, Durability durability) {
    const bool sync = durability == Durability::survives_power_loss;
    std::string temporary = path + ".XXXXXX";
    const Descriptor fd(::mkostemp(temporary.data(), O_CLOEXEC));
    if (fd.get() < 0) throw_errno("cannot create " + temporary);
    try {
        write_all(fd.get(), content, temporary);
        if (::fchmod(fd.get(), static_cast<mode_t>(mode)) != 0 || (sync && ::fsync(fd.get()) != 0))
            throw_errno("cannot finish " + temporary);
        if (::rename(temporary.c_str(), path.c_str()) != 0) throw_errno("cannot rename " + temporary + " to " + path);
    } catch (const std::exception&) {
        ::unlink(temporary.c_str());
        throw;
    }
    if (!sync) return;
    const auto slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const Descriptor dir(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (dir.get() < 0 || ::fsync(dir.get()) != 0) throw_errno("cannot sync " + directory);
}

}  // namespace opencapf

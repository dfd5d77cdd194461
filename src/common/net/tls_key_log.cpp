// SPDX-License-Identifier: Apache-2.0
#include "opencapf/net/tls_key_log.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <mutex>
#include <openssl/ssl.h>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace opencapf::net {
namespace {

std::string system_text(int code) { return std::generic_category().message(code); }

class KeyLog {
public:
    void set(const std::string& file) {
        const std::lock_guard lock(mutex_);
        if (file == file_) return;
        const int fd = file.empty() ? -1 : open(file);
        close();
        fd_ = fd;
        file_ = file;
    }
    std::string file() {
        const std::lock_guard lock(mutex_);
        return file_;
    }
    // One write for each line, so that several processes may share a file. It blocks the event loop for the time of a
    // write to a local file, which a lab can bear.
    void write(std::string line) {
        const std::lock_guard lock(mutex_);
        if (fd_ < 0) return;
        line += '\n';
        const auto written = ::write(fd_, line.data(), line.size());
        if (written == static_cast<ssize_t>(line.size())) return;
        // Here is nobody to return an error to: OpenSSL's callback has no result, and `log` is not below this library.
        std::fprintf(stderr, "the TLS key log %s ends here: %s\n", file_.c_str(),
                     system_text(written < 0 ? errno : ENOSPC).c_str());
        close();
    }

private:
    static int open(const std::string& file) {
        const int fd = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
        if (fd < 0) throw std::runtime_error("cannot open the TLS key log " + file + ": " + system_text(errno));
        struct stat status {};
        const bool known = ::fstat(fd, &status) == 0;
        if (known && S_ISREG(status.st_mode) && status.st_uid == ::geteuid() && (status.st_mode & 077) == 0) return fd;
        ::close(fd);
        throw std::runtime_error("the TLS key log " + file +
                                 " must be a regular file of this user's that nobody else may touch (chmod 600)");
    }
    void close() {
        if (fd_ >= 0) ::close(fd_);
        fd_ = -1;
        file_.clear();
    }

    std::mutex mutex_;
    std::string file_;
    int fd_ = -1;
};

// Never destroyed: connections on other threads may outlive main.
KeyLog& key_log() {
    static auto* log = new KeyLog;
    return *log;
}

void on_secret(const SSL*, const char* line) { key_log().write(line); }

}  // namespace

void set_tls_key_log(const std::string& file) { key_log().set(file); }
std::string tls_key_log_file() { return key_log().file(); }
void apply_tls_key_log(SSL_CTX* context) {
    SSL_CTX_set_keylog_callback(context, key_log().file().empty() ? nullptr : &on_secret);
}

}  // namespace opencapf::net

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "channel_binding.hpp"
#include "opencapf/base/bytes.hpp"
#include "opencapf/base/result.hpp"

#include <memory>
#include <string>

/// Kerberos and SPNEGO as a server, by MIT's GSS-API library. Its calls read files, so they belong on a work pool.
namespace opencapf::ca_sim {

/// The server's keys. Immutable; share it between threads.
class KerberosService {
public:
    /// `keytab` is a path. `service` is the first part of the principals whose keys are used ("HTTP"); empty = any key.
    /// Reads the keytab once, to say now what would fail later: Errc::io when it cannot be read, Errc::not_found when
    /// it has no such key. Later changes of the file are noticed by themselves.
    static Result<std::shared_ptr<const KerberosService>> open(const std::string& keytab, const std::string& service);
    ~KerberosService();
    KerberosService(const KerberosService&) = delete;
    KerberosService& operator=(const KerberosService&) = delete;

private:
    friend class KerberosStep;
    struct Impl;
    explicit KerberosService(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

struct KerberosContext;  ///< one log-in under way

/// One client token on its way through the library: run() on a thread that may block, then read the outcome.
class KerberosStep {
public:
    enum class Outcome {
        continues,   ///< send answer(), the client sends another token
        accepted,    ///< principal() is logged in; send answer() with the page when it is not empty
        refused,     ///< the token, its ticket or its channel binding are wrong
        wrong_time,  ///< the ticket is not valid now, or the clocks differ too much
    };

    KerberosStep(std::shared_ptr<const KerberosService> service, std::shared_ptr<KerberosContext> context, Bytes token,
                 ChannelBinding binding);
    /// Blocks on files. Once, on any thread; nobody else may touch the step or its context meanwhile. Does not throw
    /// but for lack of memory.
    void run();

    [[nodiscard]] Outcome outcome() const noexcept { return outcome_; }
    [[nodiscard]] const Bytes& answer() const noexcept { return answer_; }
    [[nodiscard]] const std::string& principal() const noexcept { return principal_; }  ///< "user@REALM"
    [[nodiscard]] const std::string& detail() const noexcept { return detail_; }        ///< why not, for the operator

private:
    void judge(std::uint32_t major, std::uint32_t minor, std::uint32_t flags);

    const std::shared_ptr<const KerberosService> service_;
    const std::shared_ptr<KerberosContext> context_;
    const Bytes token_;
    const ChannelBinding binding_;
    Outcome outcome_ = Outcome::refused;
    Bytes answer_;
    std::string principal_;
    std::string detail_;
};

/// The log-ins of one connection, one after the other. Not thread-safe: lives with its connection.
class KerberosAcceptor {
public:
    KerberosAcceptor(std::shared_ptr<const KerberosService> service, ChannelBinding binding);

    [[nodiscard]] bool available() const noexcept { return service_ != nullptr; }
    /// Has a log-in begun that waits for the client's next token?
    [[nodiscard]] bool under_way() const noexcept { return context_ != nullptr; }
    /// A step for `token`, the first of a new log-in with `fresh`. Only when available().
    std::shared_ptr<KerberosStep> step(Bytes token, bool fresh);
    /// After each step: keeps the log-in only when it continues.
    void finished(const KerberosStep& step);
    void reset() { context_.reset(); }

private:
    const std::shared_ptr<const KerberosService> service_;
    const ChannelBinding binding_;
    std::shared_ptr<KerberosContext> context_;
};

}  // namespace opencapf::ca_sim

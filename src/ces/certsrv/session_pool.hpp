// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/certsrv/certsrv_session.hpp"

#include <list>
#include <memory>
#include <optional>

namespace opencapf::ces {

/// Authenticated connections of fast mode that nobody uses now, and what was learned over them. For one CA; lives on
/// one loop and is closed before it. Keys are those of account_key().
class SessionPool : public std::enable_shared_from_this<SessionPool> {
public:
    using Time = std::chrono::steady_clock::time_point;
    SessionPool(net::Loop& loop, std::shared_ptr<const CaConfig> config) : loop_(loop), config_(std::move(config)) {}

    /// The one used last, or null.
    std::unique_ptr<CertsrvSession> take(const std::string& key);
    void put(const std::string& key, std::unique_ptr<CertsrvSession> session);
    /// Closes everything, and keeps nothing from now on.
    void close();
    [[nodiscard]] std::size_t idle() const noexcept { return idle_.size(); }

    /// The account's templates, when they were read a short time ago.
    [[nodiscard]] const std::vector<TemplateOption>* templates(const std::string& key) const;
    void remember_templates(const std::string& key, std::vector<TemplateOption> options);
    /// The account was refused, or its templates changed.
    void forget(const std::string& key);

private:
    struct Idle {
        std::string key;
        std::unique_ptr<CertsrvSession> session;
        Time since;
    };
    struct Known {
        std::string key;
        std::vector<TemplateOption> options;
        Time until;
    };
    void drop_old();
    Task<> sweep();

    net::Loop& loop_;
    std::shared_ptr<const CaConfig> config_;
    std::list<Idle> idle_;    // longest idle first
    std::list<Known> known_;  // oldest first
    bool sweeping_ = false;
    bool closed_ = false;
};

}  // namespace opencapf::ces

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/clock.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::ca_sim {

/// The domain's account lock-out policy, with Active Directory's meanings.
struct LockoutPolicy {
    unsigned threshold = 0;               ///< wrong passwords that lock an account; 0 = never
    std::chrono::seconds duration{1800};  ///< how long it stays locked; 0 = until an administrator unlocks it
    std::chrono::seconds window{1800};    ///< a wrong password this long after the one before counts as the first
};

/// Counts wrong passwords, one count for an account over all ways to log in. In memory only. Thread-safe; shared by
/// all connections, and kept when the configuration is loaded again. Names compare without regard to case.
class Lockout {
public:
    explicit Lockout(WallClock clock = std::chrono::system_clock::now);

    enum class Verdict {
        pass,    ///< the password was right
        wrong,   ///< it was not, and is counted
        locked,  ///< whatever it was: the account was locked before
    };
    /// One try, checked and counted in one step, so that parallel tries cannot exceed the threshold.
    Verdict attempt(std::string_view account, bool password_right);
    [[nodiscard]] bool locked(std::string_view account) const;

    struct State {
        bool locked = false;
        std::optional<WallTime> until;  ///< nothing: until it is unlocked by hand
        unsigned failures = 0;          ///< wrong passwords in the window
    };
    [[nodiscard]] State state(std::string_view account) const;

    /// An administrator's act: locked until unlock(), whatever the policy says.
    void lock(std::string_view account);
    /// Also forgets what was counted. Returns whether it was locked.
    bool unlock(std::string_view account);

    /// A new policy counts on from what was counted; locks that stand keep their end.
    void set_policy(const LockoutPolicy& policy);
    /// Forgets all accounts but these.
    void retain(const std::vector<std::string>& accounts);

private:
    struct Entry {
        unsigned failures = 0;
        WallTime last_failure;
        bool locked = false;
        std::optional<WallTime> until;
    };
    [[nodiscard]] static bool holds(const Entry& entry, WallTime now);

    const WallClock clock_;
    mutable std::mutex mutex_;
    LockoutPolicy policy_;
    std::map<std::u16string, Entry> entries_;  ///< by upper-case name; accounts that exist only, so it is bounded
};

}  // namespace opencapf::ca_sim

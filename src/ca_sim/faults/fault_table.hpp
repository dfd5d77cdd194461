// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/faults/fault.hpp"
#include "ca_sim/faults/url_pattern.hpp"
#include "opencapf/net/tls.hpp"

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::ca_sim {

/// A fault with what it needs ready: nothing is made while a client waits.
struct PreparedFault {
    FaultSpec spec;
    std::optional<net::TlsServerContext> tls;  ///< of a TLS fault
};

/// The faults that one request or connection met.
class MetFaults {
public:
    struct Met {
        std::uint64_t id = 0;
        FaultSpec spec;
        std::optional<std::uint32_t> left;  ///< nothing: until it is switched off
        std::optional<net::TlsServerContext> tls;
    };
    void add(Met met) { list_.push_back(std::move(met)); }
    [[nodiscard]] const FaultSpec* find(FaultKind kind) const noexcept;
    /// The one that answers instead of the page, or nullptr.
    [[nodiscard]] const FaultSpec* refusal() const noexcept;
    [[nodiscard]] const std::vector<Met>& list() const noexcept { return list_; }

private:
    std::vector<Met> list_;
};

/// Faults that are switched on, in the order they were. Thread-safe. One that has been shown as often as asked for
/// stays in the list, with nothing left, until it is cleared or its place is needed.
class FaultTable {
public:
    struct Entry {
        std::uint64_t id = 0;
        FaultSpec spec;
        bool configured = false;    ///< by the configuration, not by a command
        std::uint64_t applied = 0;  ///< how often it was shown
        [[nodiscard]] std::optional<std::uint32_t> left() const noexcept;
        [[nodiscard]] bool spent() const noexcept { return left() == 0U; }
    };

    /// Errors: malformed (see check_fault), conflict (kMaxFaults are active).
    Result<Entry> add(PreparedFault fault);
    /// The configured ones become these; those of commands stay. All must have passed check_fault(); at most
    /// kMaxFaults.
    void replace_configured(std::vector<PreparedFault> faults);
    [[nodiscard]] std::vector<Entry> list() const;
    /// How many went away.
    std::size_t clear(std::uint64_t id);
    std::size_t clear(FaultKind kind);
    std::size_t clear();

    /// What this request meets; each is counted down. Of two that exclude each other (two delays, 403 and 503) the
    /// older one is met; behind a refusal nothing that changes a page is. `path` and `query` as sent.
    MetFaults take(FaultPhase phase, std::string_view path, std::string_view query);
    /// The same for a connection.
    MetFaults take_connection() { return take(FaultPhase::connect, {}, {}); }

private:
    struct Row {
        Entry entry;
        UrlPattern pattern;
        std::optional<net::TlsServerContext> tls;
    };
    [[nodiscard]] static Row make_row(PreparedFault fault, std::uint64_t id, bool configured);
    template <class Unwanted>
    std::size_t erase(const Unwanted& unwanted);

    mutable std::mutex mutex_;
    std::vector<Row> rows_;
    std::uint64_t last_id_ = 0;
    std::atomic<bool> empty_{true};  ///< so that a CA without faults takes no lock
};

}  // namespace opencapf::ca_sim

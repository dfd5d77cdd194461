// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/clock.hpp"
#include "opencapf/storage/database.hpp"
#include "opencapf/x509/certificate.hpp"

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace opencapf::ces {

/// Whose request it is and what it is about: for the operator, never to decide anything.
struct PendingSubject {
    std::string account;
    std::string subject;      ///< of the request, RFC 2253
    std::string correlation;  ///< of the request in our logs
};

/// How far a request got that no client has its certificate for.
enum class PendingStage : int {
    unanswered = 1,   ///< it went to the CA, which gave no answer: whatever it issued cannot be collected by us
    at_the_ca = 2,    ///< the CA has it, and is asked for the certificate when the client comes again
    undelivered = 3,  ///< the certificate is here, and its client is not: an orphan until it asks again
};
std::string_view to_string(PendingStage stage) noexcept;

/// One line of the list for the operator.
struct PendingRequest {
    std::string id;  ///< for forget_id(): 16 hex digits
    PendingSubject who;
    std::string ca;
    std::uint64_t request_id = 0;  ///< 0: not known
    PendingStage stage = PendingStage::unanswered;
    WallTime since;
};

/// Which requests the CA already has: a client that repeats its POST (after 202, or after its own time-out) gets the
/// certificate of the first one instead of a second CA request (EST-S-76, EST-S-79). Bounded: the oldest entry goes
/// first. With a database every step is on disk before the next one is taken, so that kill -9 loses no certificate.
/// Thread-safe; what is no Task is short and does not block.
class PendingStore {
public:
    struct Limits {
        std::size_t entries = 10'000;
        std::chrono::seconds lifetime{7 * 24 * 3600};
    };
    /// `database` may be empty: then all is in memory only. Reads what an earlier process left. Blocks. Throws
    /// std::runtime_error that names the path.
    PendingStore(Limits limits, const std::string& database, WallClock clock);

    enum class State {
        fresh,      ///< nothing the CA could be asked for; the caller works on it now and must call end()
        busy,       ///< another connection works on it right now
        at_the_ca,  ///< the CA `ca` knows it, by `request_id` when that is not 0; the caller must call end()
        issued,     ///< `certificate` has been issued and never delivered; the caller must call end()
    };
    struct Begin {
        State state = State::fresh;
        std::string ca;
        std::uint64_t request_id = 0;
        std::optional<x509::Certificate> certificate;
        bool unanswered = false;  ///< with fresh: an earlier try went out and got no answer
    };
    /// Key of a request: who sends it, under which label, and what it is.
    static std::string key(const std::string& user, const std::string& label, const std::string& csr_der);

    Begin begin(const std::string& key, const PendingSubject& who);
    /// The CA that has the request, or empty; changes nothing.
    [[nodiscard]] std::string ca_of(const std::string& key) const;

    // Each returns when it is on disk. Errors: io. The key must have begun.
    Task<Result<void>> posting(std::string key, std::string ca);  ///< about to go out: unanswered until something else
    Task<Result<void>> submitted(std::string key, std::uint64_t request_id);
    Task<Result<void>> issued(std::string key, std::uint64_t request_id, x509::Certificate certificate);

    /// The caller no longer works on it. An entry without a stage disappears.
    void end(const std::string& key);
    /// Delivered, denied, never sent or lost: a repetition is a new request. The disk follows soon.
    void forget(const std::string& key);

    [[nodiscard]] std::size_t size() const;
    /// How many entries are at `stage`.
    [[nodiscard]] std::size_t count(PendingStage stage) const;
    /// Oldest first; at most `limit`.
    [[nodiscard]] std::vector<PendingRequest> list(std::size_t limit = 1000) const;
    /// By PendingRequest::id; false when there is none, or it is in work.
    bool forget_id(std::string_view id);
    /// For what else is to survive beside the requests; null without one.
    [[nodiscard]] storage::Database* database() const noexcept { return database_.get(); }

private:
    struct Entry {
        std::string key;
        PendingSubject who;
        std::string ca;
        std::uint64_t request_id = 0;
        std::optional<PendingStage> stage;
        std::optional<x509::Certificate> certificate;
        bool busy = false;
        WallTime since;
    };
    using List = std::list<Entry>;
    void load();
    void drop_old();
    void erase(List::iterator entry);
    Task<Result<void>> write(Entry entry);
    std::optional<Entry> change(const std::string& key, const std::function<void(Entry&)>& how);

    const Limits limits_;
    const WallClock clock_;
    mutable std::mutex mutex_;
    List entries_;  // oldest first
    std::unordered_map<std::string, List::iterator> index_;
    std::unique_ptr<storage::Database> database_;  // null: memory only
};

}  // namespace opencapf::ces

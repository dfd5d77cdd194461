// SPDX-License-Identifier: Apache-2.0
#include "capf/cluster/member.hpp"

#include "opencapf/log/operator_log.hpp"

namespace opencapf::capf::cluster {
namespace {

using Clock = std::chrono::steady_clock;

// What all instances compare: their clocks must agree (docs/cluster.md).
std::int64_t wall_milliseconds() {
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count();
}

}  // namespace

Member::Member(storage::Database& database, const Settings& settings) : database_(database), settings_(settings) {
    until_ = Clock::now() + settings.lease;
    database.run_blocking([this](SQLite::Database& db) {
        instance_ = join(db, settings_.instance, wall_milliseconds(), settings_.lease.count());
    });
}

Member::~Member() {
    try {
        database_.run_blocking([this](SQLite::Database& db) { cluster::leave(db, instance_); });
    } catch (const std::exception& error) {
        log::warn("the others do not know yet that this instance has ended: " + std::string(error.what()));
    }
}

Task<Beat> Member::beat() {
    const auto asked = Clock::now();  // before the transaction: the lease in the database ends later than ours
    auto job = [this](SQLite::Database& db) {
        return cluster::beat(db, instance_, settings_.instance, wall_milliseconds(), settings_.lease.count());
    };
    auto found = co_await database_.run(std::move(job));
    instance_ = found.instance;
    until_ = asked + settings_.lease;
    leads_ = found.leads;
    others_.set(std::make_shared<const std::vector<std::string>>(found.others));
    co_return found;
}

bool Member::alive() const noexcept { return Clock::now() < until_.load(); }

std::string Member::describe() const {
    std::string text = settings_.instance + (leads() ? ", leads" : alive() ? ", follows" : ", has lost its lease");
    const auto others = others_.get();
    if (!others || others->empty()) return text + "; no others";
    text += "; others: ";
    for (std::size_t i = 0; i < others->size(); ++i) text += (i == 0 ? "" : ", ") + others->at(i);
    return text;
}

Task<Claim> Member::claim(std::string device, std::function<bool()> wanted) {
    auto job = [this, device = std::move(device), wanted = std::move(wanted)](SQLite::Database& db) {
        return wanted() ? take(db, device, instance_) : Claim{};
    };
    co_return co_await database_.run(std::move(job));
}

Task<bool> Member::holds(std::string device, Claim claim) {
    auto job = [device = std::move(device), claim](SQLite::Database& db) { return cluster::holds(db, device, claim); };
    co_return co_await database_.run(std::move(job));
}

Task<> Member::release(std::string device, Claim claim) {
    auto job = [device = std::move(device), claim](SQLite::Database& db) { cluster::release(db, device, claim); };
    co_await database_.run(std::move(job));
}

}  // namespace opencapf::capf::cluster

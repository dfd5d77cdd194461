// SPDX-License-Identifier: Apache-2.0
#include "capf/service.hpp"

#include "opencapf/base/text.hpp"

namespace opencapf::capf {

std::unique_ptr<ActiveDevices::Hold> ActiveDevices::acquire(const std::string& name,
                                                            std::function<void()> break_session) {
    auto hold = std::make_unique<Hold>(*this, to_lower(name), std::move(break_session));
    const std::lock_guard lock(mutex_);
    Hold*& holder = holders_[hold->name_];
    if (holder != nullptr) {
        holder->superseded_ = true;
        holder->break_session_();
    }
    holder = hold.get();
    return hold;
}

void ActiveDevices::keep_only(const cluster::Beat& beat) {
    const std::lock_guard lock(mutex_);
    for (auto& [name, hold] : holders_) {
        const std::int64_t token = hold->token_;
        // One of a claim that is younger than what the database was asked is not in its answer.
        if (token == 0 || token > beat.last_token || hold->superseded_) continue;
        const auto claimed = beat.claimed.find(name);
        if (claimed != beat.claimed.end() && claimed->second == token) continue;
        hold->superseded_ = true;
        hold->break_session_();
    }
}

storage::FileLock Service::lock_name(const Config& config) {
    if (!config.cluster.on()) return {};
    const auto& name = config.cluster.instance;
    return {config.database + '.' + to_lower(name) + ".lock", storage::FileLock::Mode::exclusive,
            "another capfd on " + config.database + " is named " + name + " too; see cluster/instance"};
}

ActiveDevices::Hold::~Hold() {
    const std::lock_guard lock(owner_.mutex_);
    const auto holder = owner_.holders_.find(name_);
    if (holder != owner_.holders_.end() && holder->second == this) owner_.holders_.erase(holder);
}

}  // namespace opencapf::capf

// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/ca_states.hpp"

#include "opencapf/log/operator_log.hpp"

#include <algorithm>

namespace opencapf::ces {

void CaState::report(const Error* error, std::size_t needed, WallTime now) {
    const bool good = ca_answered(error);
    const std::lock_guard lock(mutex_);
    if (good) {
        view_.last_good = now;
        if (!view_.down || ++view_.good_in_row < needed) return;
        view_.down = false;
        view_.down_since.reset();
        log::info("the CA '" + name_ + "' is back");
    } else {
        view_.good_in_row = 0;
        view_.last_error = error->message;
        if (view_.down) return;
        view_.down = true;
        view_.down_since = now;
        log::warn("the CA '" + name_ + "' is down: " + error->message);
    }
    metrics_.usable.set(view_.down ? 0 : 1);
}

void CaState::submitted() {
    metrics_.submitted.increment();
    const std::lock_guard lock(mutex_);
    ++view_.submitted;
}

bool CaState::down() const {
    const std::lock_guard lock(mutex_);
    return view_.down;
}

CaView CaState::view() const {
    const bool known = chain.get() != nullptr;
    const std::lock_guard lock(mutex_);
    CaView view = view_;
    view.name = name_;
    view.chain_known = known;
    return view;
}

CaStates::CaStates(Metrics metrics, std::vector<std::string> names)
    : metrics_(std::move(metrics)), names_(std::move(names)) {}

std::shared_ptr<CaState> CaStates::get(const std::string& name) {
    const std::lock_guard lock(mutex_);
    auto& state = states_[name];
    if (!state) {
        const auto found = std::find(names_.begin(), names_.end(), name);
        CaMetrics series;  // a CA that a reload brought has none before a restart
        if (found != names_.end()) series = metrics_.of_ca(static_cast<std::size_t>(found - names_.begin()));
        state = std::make_shared<CaState>(name, series);
    }
    return state;
}

Cas CaStates::in_order(const Cas& cas, const std::vector<std::string>& wanted) {
    Cas order;
    if (wanted.empty()) {
        order = cas;
    } else {
        for (const auto& name : wanted)
            if (auto ca = find_ca(cas, name)) order.push_back(std::move(ca));
    }
    std::stable_partition(order.begin(), order.end(), [this](const auto& ca) { return !get(ca->config.name)->down(); });
    return order;
}

}  // namespace opencapf::ces

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

ActiveDevices::Hold::~Hold() {
    const std::lock_guard lock(owner_.mutex_);
    const auto holder = owner_.holders_.find(name_);
    if (holder != owner_.holders_.end() && holder->second == this) owner_.holders_.erase(holder);
}

}  // namespace opencapf::capf

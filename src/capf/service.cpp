// SPDX-License-Identifier: Apache-2.0
#include "capf/service.hpp"

#include "opencapf/base/text.hpp"

namespace opencapf::capf {

std::unique_ptr<ActiveDevices::Hold> ActiveDevices::acquire(const std::string& name) {
    std::string key = to_lower(name);
    const std::lock_guard lock(mutex_);
    if (!names_.insert(key).second) return nullptr;
    return std::make_unique<Hold>(*this, std::move(key));
}

ActiveDevices::Hold::~Hold() {
    const std::lock_guard lock(owner_.mutex_);
    owner_.names_.erase(name_);
}

}  // namespace opencapf::capf

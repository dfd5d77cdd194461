// SPDX-License-Identifier: Apache-2.0
#include "ces/server/est_service.hpp"

#include "opencapf/log/operator_log.hpp"

namespace opencapf::ces {

void EstService::read_lists(const CrlConfig& config) {
    if (config.check == x509::RevocationCheck::off) return lists.set(nullptr);
    try {
        lists.set(std::make_shared<const x509::RevocationLists>(x509::RevocationLists::load(config.path)));
    } catch (const std::exception& error) {
        log::warn(std::string("the revocation lists cannot be read, the old ones stay: ") + error.what());
        // Without any list, a hard check refuses everybody and a soft one nobody: as if they were missing.
        if (!lists.get()) lists.set(std::make_shared<const x509::RevocationLists>());
    }
}

}  // namespace opencapf::ces

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capfctl/client.hpp"

namespace opencapf::capfctl {

/// `capfctl doctor --live`: has capfd and cesd try the running chain, or with --socket the daemon there, and shows what
/// they found. `enrol`: capfd also has the CA issue a certificate. Throws Exit when something is bad; unknown is not.
void check_live(const Connection& connection, bool enrol);

}  // namespace opencapf::capfctl

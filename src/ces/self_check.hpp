// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/shared.hpp"
#include "ces/upstream/upstream.hpp"

#include <functional>
#include <string>
#include <vector>

namespace opencapf::ces {

/// One thing that was tried on the running chain, for `capfctl doctor --live`.
struct Check {
    std::string what;
    bool good = false;
    std::string found;  ///< for people: what it was, or what is wrong with it
};

/// Tries what an enrolment needs, short of enrolling: the web server of each CA (name, TCP, TLS, its certificate), the
/// log-in of cesd's own account and the template, the CA's chain, the trust directory. `upstream_of` gives what this
/// loop speaks to a CA with. Runs for as long as the CA's time-outs allow.
using UpstreamOf = std::function<std::shared_ptr<Upstream>(const std::shared_ptr<const Ca>&)>;
Task<std::vector<Check>> self_check(Shared& shared, UpstreamOf upstream_of);

}  // namespace opencapf::ces

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "phone_sim/estate.hpp"

namespace opencapf::phone_sim {

/// Exit code of phone-sim for an outcome: the one table (it stands in --help too).
int exit_code(Outcome outcome) noexcept;

/// What the phone's security menu shows at the end, with the reason when something is wrong.
std::string result_text(const PhoneResult& result);
/// One line of JSON. `store` is where the phone's files are.
std::string result_json(const PhoneResult& result, const PhoneOptions& options, const std::string& store);
/// Failures, a table of outcomes and latencies, and one line of figures.
std::string fleet_text(const FleetResult& result);
std::string fleet_json(const FleetResult& result);
std::string estate_text(const EstateResult& result);
std::string estate_json(const EstateResult& result);

}  // namespace opencapf::phone_sim

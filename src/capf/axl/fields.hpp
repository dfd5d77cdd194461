// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/axl/soap.hpp"
#include "capf/axl/sql.hpp"
#include "capf/device_query.hpp"
#include "capf/device_store.hpp"

#include <optional>

namespace opencapf::capf::axl {

/// What a call changes of a phone; what it does not name stays as it is.
struct Changes {
    std::optional<Operation> operation;
    std::optional<AuthMode> auth_mode;
    std::optional<Secret> auth_string;
    std::optional<int> rsa_bits, ec_bits;
    std::optional<KeyOrder> key_order;
    std::optional<std::string> finish_by;
};

/// Of updatePhone. Enumerations are texts of the UI or CUCM's numbers. Error malformed names the element; elements that
/// this server cannot change are errors too: saying yes to them would be a lie.
Result<Changes> read_changes(const pugi::xml_node& phone);
/// Of an UPDATE. A status is accepted where it is what the operation brings about anyway.
Result<Changes> read_changes(const SqlUpdate& update);

/// What the configuration says.
struct Rules {
    bool allow_rsa_512 = false;
    std::string default_deadline;  ///< of an operation that is armed without one
};
/// What to arm `device` with; nothing when nothing changes. Errors malformed and rejected.
Result<std::optional<Arming>> merge(const Device& device, const Changes& changes, const Rules& rules);

/// Appends the fields of `row` that `tags` (returnedTags) names, all when it is empty. The authentication string is
/// always empty: it is never in an answer.
void append_fields(pugi::xml_node phone, const DeviceRow& row, const pugi::xml_node& tags);

}  // namespace opencapf::capf::axl

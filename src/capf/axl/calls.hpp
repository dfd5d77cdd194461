// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/axl/soap.hpp"
#include "capf/service.hpp"

namespace opencapf::capf::axl {

/// Answers one AXL call with the text of a SOAP envelope: listPhone, getPhone, updatePhone, applyPhone,
/// executeSQLQuery, executeSQLUpdate (docs/axl.md). `user` goes to the log. Errors become a fault: malformed and
/// rejected the caller's, not_found a device that is not there.
Task<Result<std::string>> answer(Service& service, Call call, std::string user);

/// axlcode of a fault.
int code_of(const Error& error);

}  // namespace opencapf::capf::axl

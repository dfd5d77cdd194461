// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/service.hpp"
#include "opencapf/base/check.hpp"

namespace opencapf::capf {

struct Trial {
    Checks checks;
    std::string serial;  ///< hex, of the certificate that nobody needs; empty when none was issued
};

/// Has the issuer in force make one certificate, for a throw-away key and the name opencapf-doctor-RANDOM, the way a
/// phone's is made, and judges it. No device is touched and nothing kept. For as long as an enrolment may take. Error
/// conflict: another one runs.
Task<Result<Trial>> try_enrolment(Service& service, net::Loop& loop);

}  // namespace opencapf::capf

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/x509/certificate.hpp"

#include <string>
#include <string_view>

namespace opencapf::capf {

/// CAPF-trust for phones: the certificates of `directory` ("" = none), LSC issuers past and present and manufacturing
/// CAs, and CAPF's own certificate, which issued the LSCs of CAPF-signed mode. Each is an anchor, a root or not. Throws
/// std::runtime_error that names the file.
x509::TrustStore load_phone_trust(const std::string& directory, const std::string& capf_certificate_file);

/// Whether an LSC or MIC is this device's: its common name is the device name alone, or after "MODEL-" with the model
/// of the device row, or after "CP-..." as Cisco's MICs have it (CP-8865-SEP001122334455). In any case. Anything before
/// the name would let device X-1 be taken for device 1.
bool names_device(const x509::Certificate& certificate, std::string_view model, std::string_view device);

}  // namespace opencapf::capf

// SPDX-License-Identifier: Apache-2.0
#include "channel_binding.hpp"

#include "ntlm_crypto.hpp"

#include <algorithm>

namespace opencapf::ca_sim {

Bytes ChannelBinding::application_data() const {
    static constexpr std::string_view kType = "tls-server-end-point:";
    Bytes data(kType.begin(), kType.end());
    data.insert(data.end(), server_end_point.begin(), server_end_point.end());
    return data;
}

Digest16 ChannelBinding::ntlm_value() const {
    const Bytes data = application_data();
    Bytes structure(16, 0);  // no addresses
    for (unsigned shift = 0; shift < 32; shift += 8)
        structure.push_back(static_cast<std::uint8_t>(data.size() >> shift));
    structure.insert(structure.end(), data.begin(), data.end());
    return md5(structure);
}

bool ChannelBinding::accepts(ByteView ntlm_value_of_client) const {
    if (policy == ExtendedProtection::off) return true;
    const bool absent =
        std::all_of(ntlm_value_of_client.begin(), ntlm_value_of_client.end(), [](std::uint8_t b) { return b == 0; });
    if (absent) return policy == ExtendedProtection::allow;
    return !server_end_point.empty() && equal_constant_time(ntlm_value_of_client, ntlm_value());
}

}  // namespace opencapf::ca_sim

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/clock.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The cookie `Requests` (certsrv.md 1.7): the pending requests a browser remembers, one bracketed tuple
/// [ReqID,TargetStoreFlags,SaveCert,FriendlyType] each. It comes from the client, so nothing in it is believed: an id
/// says which page to ask for, the rest is only shown.
namespace opencapf::ca_sim {

struct PendingEntry {
    std::int64_t request_id = 0;
    std::string target_store_flags = "0";  ///< digits
    bool save_certificate = true;          ///< SaveCert: "yes" or "no"
    std::string friendly_type;             ///< as shown on certckpn.asp; UTF-8 or whatever the client sent
};

/// How many are remembered; the oldest go first. A browser keeps 4096 bytes of a cookie.
inline constexpr std::size_t kMaxPendingEntries = 20;
inline constexpr std::size_t kMaxPendingCookie = 3800;

/// Entries of a Cookie header, oldest first; at most kMaxPendingEntries, each id once, broken tuples are left out.
std::vector<PendingEntry> parse_pending_cookie(std::string_view cookie_header);
/// Appends `entry`; one with the same id is replaced.
void remember(std::vector<PendingEntry>& entries, PendingEntry entry);
/// True when there was one with this id.
bool forget(std::vector<PendingEntry>& entries, std::int64_t request_id);
/// Value of the Set-Cookie header that makes the browser keep `entries` until `now` and `days`; no entries delete the
/// cookie. Leaves out the oldest until the value has at most kMaxPendingCookie bytes.
std::string pending_set_cookie(const std::vector<PendingEntry>& entries, WallTime now, int days);

}  // namespace opencapf::ca_sim

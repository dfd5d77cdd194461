// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnosis/device_episode.hpp"
#include "diagnosis/log_set.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::diagnosis {

/// One answer of OpenCAPF's cesd to an EST client, as its audit line tells it. The product writes no such lines. The
/// texts live as long as the LogSet.
struct CesRequest {
    const Line* line = nullptr;    ///< the audit line
    std::string_view date;         ///< "2026-11-28", local
    DayTime end = 0;               ///< when the answer was ready, in CES' clock
    std::string_view connection;   ///< "2" of "*2"
    std::string_view id;           ///< X-Request-ID, the client's or CES' own
    int status = 0;                ///< of HTTP
    std::string_view operation;    ///< "simpleenroll"
    std::string_view account;      ///< empty: asked without a password
    std::string_view subject;      ///< of the certificate request; empty: CES did not get so far
    std::optional<DayTime> taken;  ///< milliseconds until the answer was sent, when access.log has the request
    const Line* access = nullptr;  ///< its line of access.log, or null
};

/// All requests, in the order of the lines.
std::vector<CesRequest> read_ces_requests(const LogSet& logs);

/// Does it name the phone, in the subject of the certificate request or in its id ("<session>-<device>-<random>"), and
/// no other session? The time is not looked at.
bool is_of_call(const CesRequest& request, const Episode& episode);

/// Those that CES got from CAPF for this call: is_of_call(), and began between "Calling enrollCertUsingEST()" and the
/// line of rv. An answer may come later than CAPF waited for it. `ahead`: by how many milliseconds CES' clock is ahead
/// of CAPF's.
std::vector<const CesRequest*> requests_of(const std::vector<CesRequest>& requests, const Episode& episode,
                                           DayTime ahead = 0);

/// All requests by the phones that they may name, for logs of many thousand phones.
class CesRequestIndex {
public:
    explicit CesRequestIndex(std::vector<CesRequest> requests);
    /// In the order of the lines: those that name the phone, and perhaps others.
    [[nodiscard]] std::vector<CesRequest> near(std::string_view device) const;

private:
    std::vector<CesRequest> requests_;
    std::map<std::string, std::vector<std::size_t>> by_part_;  ///< of a name, lower case
};

}  // namespace opencapf::diagnosis

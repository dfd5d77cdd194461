// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnosis/device_episode.hpp"
#include "diagnosis/log_set.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace opencapf::diagnosis {

/// One request as the CA's web server wrote it down. The texts live as long as the LogSet.
struct IisRequest {
    const Line* line = nullptr;
    DayTime second = 0;     ///< of the day, when it was done; UTC unless the server was told otherwise
    std::string_view date;  ///< "2019-02-27"; empty when the server does not write it
    std::string_view method, stem, query, user;
    int status = 0, substatus = 0;
    std::uint32_t win32 = 0;  ///< SEC_E_... or an error of Windows
    DayTime taken = 0;        ///< time-taken, milliseconds
};

/// All requests for /certsrv, in order. Which field stands where is for the administrator of the web server to say: the
/// #Fields directive above a line counts, and without one IIS' default order. Lines that lack a field needed here are
/// left out.
std::vector<IisRequest> read_iis_requests(const LogSet& logs);

}  // namespace opencapf::diagnosis

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnosis/device_episode.hpp"
#include "diagnosis/log_set.hpp"

#include <optional>
#include <string>
#include <vector>

namespace opencapf::diagnosis {

/// A transfer to the CA that failed, as CES tells it: "<function>: Curl ... failed with return code <code> (<text>)".
struct CaFailure {
    std::string function;
    int code = 0;
    std::string text;
    std::string url;      ///< "URL used:", when it follows
    std::string libcurl;  ///< "libcurl said:", ours only
    std::vector<const Line*> lines;
};

/// The last start of CES: does it have the CA's chain now? Lines of CiscoRA's log, or better of error.log, which tells
/// of later attempts too.
struct CesStart {
    bool seen = false;
    bool has_chain = false;            ///< fetched, at the start or later
    std::optional<CaFailure> failure;  ///< the last one, unless the chain came after it
    std::vector<const Line*> lines;    ///< what follows a failure
    /// error.log tells of a start that went well and nothing of this failure, and CiscoRA's log has no times: which of
    /// the two was later cannot be told.
    bool doubtful = false;
};
CesStart read_ces_start(const LogSet& logs);

/// One request of an EST client as error.log tells it.
struct EstExchange {
    std::string date;              ///< "2019/02/27" of its first dated line
    std::string connection;        ///< "2" of NGINX' "*2"; empty when only libEST's lines are there
    std::optional<DayTime> begin;  ///< of its first dated line, second precision
    std::optional<DayTime> end;    ///< of its last dated line
    bool logged_in = false;        ///< at the CA
    bool request_page = false;     ///< certrqxt.asp came
    bool submitted = false;        ///< certfnsh.asp was answered
    std::optional<CaFailure> failure;
    int rc = 0;            ///< libEST's number, 0 when it went well
    int status = 0;        ///< HTTP status in "[Error 401: ...", 0 when there was none
    std::string sentence;  ///< what the client was told
    std::vector<const Line*> lines;
};
/// All that went wrong or reached the CA, in order; the anonymous first request of libEST's client is left out.
std::vector<EstExchange> read_exchanges(const LogSet& logs);

}  // namespace opencapf::diagnosis

// SPDX-License-Identifier: Apache-2.0
#include "ces/est_config.hpp"

#include "opencapf/process/server_config.hpp"

namespace opencapf::ces {

void read_est(config::Reader& reader, EstConfig& est) {
    reader.live({"realm", "base64_wrap", "retry_after", "max_head_bytes", "max_body_bytes",
                 "max_requests_per_connection", "idle_timeout", "head_timeout", "body_timeout", "write_timeout"});
    reader.text("realm", est.realm, "realm of the HTTP Basic challenge");
    if (est.realm.find_first_of("\"\\\r\n") != std::string::npos) reader.problem("realm", "no quote or line end");
    std::size_t columns = est.wrap == est::Wrap::one_line ? 0 : 64;
    reader.number_choice("base64_wrap", columns, {0, 64}, "64 for lines of 64, 0 for one line");
    est.wrap = columns == 0 ? est::Wrap::one_line : est::Wrap::lines_of_64;
    process::read_http_limits(reader, est.limits);
    std::int64_t retry_after = est.retry_after.count();
    reader.integer("retry_after", retry_after, 60, 172'800, "seconds told to a client whose request is pending");
    est.retry_after = std::chrono::seconds(retry_after);
    reader.integer("max_pending", est.max_pending, 1, 1'000'000, "pending requests remembered");
    std::int64_t lifetime = est.pending_lifetime.count();
    reader.integer("pending_lifetime", lifetime, 60, 365 * 24 * 3600, "seconds a pending request is remembered");
    est.pending_lifetime = std::chrono::seconds(lifetime);
}

}  // namespace opencapf::ces

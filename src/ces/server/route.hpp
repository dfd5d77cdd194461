// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace opencapf::ces {

enum class Operation { none, cacerts, enroll, reenroll, csrattrs, server_keygen, full_cmc };

/// Where a path leads (RFC 7030 section 3.2.2).
struct Route {
    Operation operation = Operation::none;
    std::string label;  ///< empty: none
};

/// Letter case counts, and nothing is decoded: a label of ours needs no escapes (EST-S-02 to EST-S-04).
Route route_of(std::string_view path);

/// May this be a label? 1 to 128 characters that no URL escapes, and not the name of an operation.
bool is_label(std::string_view text);

/// Does the operation only read? Then its methods are GET and HEAD, else POST.
constexpr bool reads_only(Operation operation) noexcept {
    return operation == Operation::cacerts || operation == Operation::csrattrs;
}

/// "simpleenroll" and so on; "other" for Operation::none.
std::string_view name_of(Operation operation) noexcept;

}  // namespace opencapf::ces

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/result.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace opencapf::ca_sim {

/// Paths are compared without regard to case and after decoding, as IIS does.
std::string normal_url_path(std::string_view path);

/// Which URLs a fault is about: "*"; a page of /certsrv such as "certfnsh.asp"; a path such as "/certsrv"; either with
/// '*' at its end; either with "?name=value&..." that the query must contain. Case never matters. Immutable.
class UrlPattern {
public:
    /// Errors: malformed.
    static Result<UrlPattern> parse(std::string_view text);

    /// `path` as normal_url_path() gives it, `query` as sent.
    [[nodiscard]] bool matches(std::string_view path, std::string_view query) const;
    /// The one path it stands for, in normal form; empty when it may match several.
    [[nodiscard]] std::string_view only_path() const noexcept;

private:
    std::string path_;
    bool prefix_ = false;
    std::vector<std::pair<std::string, std::string>> conditions_;
};

}  // namespace opencapf::ca_sim

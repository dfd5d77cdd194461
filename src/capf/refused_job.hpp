// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/result.hpp"

#include <exception>
#include <utility>

namespace opencapf::capf {

/// Undoes what a database job did before it fails with an expected error: thrown in the job, it rolls back the job's
/// savepoint and comes out of Database::run(), where the store makes a Result of it again.
class RefusedJob : public std::exception {
public:
    explicit RefusedJob(Error error) : error_(std::move(error)) {}
    [[nodiscard]] const char* what() const noexcept override { return error_.message.c_str(); }
    [[nodiscard]] const Error& error() const noexcept { return error_; }

private:
    Error error_;
};

}  // namespace opencapf::capf

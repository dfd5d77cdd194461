// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <openssl/err.h>

namespace opencapf::test {

/// Fails a test that leaves something in OpenSSL's error queue: it would surface at the next, innocent call.
class ErrorQueueTest : public ::testing::Test {
protected:
    void SetUp() override { ERR_clear_error(); }
    void TearDown() override {
        char text[256] = "";
        const auto code = ERR_get_error();
        ERR_error_string_n(code, text, sizeof text);
        EXPECT_EQ(code, 0U) << text;
        ERR_clear_error();
    }
};

}  // namespace opencapf::test

// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/bytes.hpp"
#include "opencapf/base/text.hpp"

#include <filesystem>
#include <gtest/gtest.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

// The fuzz function aborts when an invariant breaks, so returning is the assertion.
TEST(Corpus, EveryStoredInputAndEachOfItsPrefixesIsHandled) {
    std::size_t inputs = 0;
    for (const auto& entry : std::filesystem::directory_iterator(OPENCAPF_TEST_DATA "/corpus/capf")) {
        const std::string data = opencapf::read_file(entry.path().string());
        const auto bytes = opencapf::as_bytes(data);
        EXPECT_EQ(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()), 0) << entry.path();
        const std::size_t step = bytes.size() / 64 + 1;
        for (std::size_t length = 0; length < bytes.size(); length += step) {
            EXPECT_EQ(LLVMFuzzerTestOneInput(bytes.data(), length), 0) << entry.path() << " cut at " << length;
        }
        ++inputs;
    }
    EXPECT_GE(inputs, 20U);
}

}  // namespace

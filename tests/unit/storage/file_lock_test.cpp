// SPDX-License-Identifier: Apache-2.0
#include "opencapf/storage/file_lock.hpp"

#include "support/temp_dir.hpp"

#include <filesystem>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <system_error>

namespace opencapf::storage {
namespace {

using Mode = FileLock::Mode;

class FileLockTest : public ::testing::Test {
protected:
    [[nodiscard]] std::string path() const { return dir_.file("x.lock"); }
    [[nodiscard]] bool can(Mode mode) const {
        try {
            const FileLock lock(path(), mode, "taken");
            return true;
        } catch (const std::runtime_error&) {
            return false;
        }
    }
    test::TempDir dir_;
};

TEST_F(FileLockTest, ManyShareOrOneHasIt) {
    FileLock first(path(), Mode::shared, "taken");
    EXPECT_TRUE(can(Mode::shared));
    EXPECT_FALSE(can(Mode::exclusive));
    first = FileLock();
    {
        const FileLock alone(path(), Mode::exclusive, "taken");
        EXPECT_FALSE(can(Mode::shared));
        EXPECT_FALSE(can(Mode::exclusive));
    }
    EXPECT_TRUE(can(Mode::exclusive));
}

TEST_F(FileLockTest, MovesWithItsOwner) {
    FileLock first(path(), Mode::exclusive, "taken");
    {
        const FileLock second(std::move(first));
        EXPECT_FALSE(can(Mode::shared));
    }
    EXPECT_TRUE(can(Mode::shared));
}

TEST_F(FileLockTest, SaysWhatIsWrong) {
    const FileLock first(path(), Mode::exclusive, "taken");
    struct stat info {};
    ASSERT_EQ(::stat(path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);
    try {
        const FileLock second(path(), Mode::shared, "somebody has it");
        FAIL() << "it is taken";
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), ::testing::HasSubstr("somebody has it"));
        EXPECT_THAT(error.what(), ::testing::HasSubstr(path()));
    }
    EXPECT_THROW(FileLock(dir_.file("missing/x.lock"), Mode::shared, ""), std::system_error);
}

}  // namespace
}  // namespace opencapf::storage

// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/secret.hpp"
#include "opencapf/base/text.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <gmock/gmock.h>
#include <new>
#include <sys/stat.h>
#include <system_error>
#include <type_traits>

namespace opencapf {
namespace {

using test::TempDir;

unsigned mode_of(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

std::string secret_file(const TempDir& dir, const std::string& content, unsigned mode) {
    write_file_atomically(dir.file("secret"), content, mode, Durability::survives_process);
    return dir.file("secret");
}

std::vector<std::string> names_in(const TempDir& dir) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(dir.path()))
        names.push_back(entry.path().filename().string());
    return names;
}

TEST(Files, WritesContentAndModeWhateverTheUmask) {
    const TempDir dir;
    const auto mask = ::umask(0077);
    write_file_atomically(dir.file("a"), std::string_view("x\0y", 3), 0644);
    ::umask(mask);
    EXPECT_EQ(read_file(dir.file("a")), std::string_view("x\0y", 3));
    EXPECT_EQ(mode_of(dir.file("a")), 0644U);
}

TEST(Files, ReplacesWithoutLeavingATemporaryFile) {
    const TempDir dir;
    write_file_atomically(dir.file("a"), "old, and longer", 0644);
    write_file_atomically(dir.file("a"), "new", 0600, Durability::survives_process);
    EXPECT_EQ(read_file(dir.file("a")), "new");
    EXPECT_EQ(mode_of(dir.file("a")), 0600U);
    EXPECT_THAT(names_in(dir), ::testing::ElementsAre("a"));
}

TEST(Files, LeavesNothingBehindWhenTheRenameFails) {
    const TempDir dir;
    std::filesystem::create_directories(dir.file("taken/inside"));
    EXPECT_THROW(write_file_atomically(dir.file("taken"), "x"), std::system_error);
    EXPECT_THAT(names_in(dir), ::testing::ElementsAre("taken"));
}

TEST(Files, NamesThePathInErrors) {
    const TempDir dir;
    try {
        write_file_atomically(dir.file("missing/a"), "x");
        FAIL() << "wrote into a directory that is not there";
    } catch (const std::system_error& error) {
        EXPECT_EQ(error.code().value(), ENOENT);
        EXPECT_THAT(error.what(), ::testing::HasSubstr(dir.file("missing/a")));
    }
    try {
        read_file(dir.file("none"));
        FAIL() << "read a file that is not there";
    } catch (const std::system_error& error) {
        EXPECT_THAT(error.what(), ::testing::HasSubstr(dir.file("none")));
    }
}

TEST(Files, ReadsUpToTheLimitOnly) {
    const TempDir dir;
    write_file_atomically(dir.file("a"), std::string(100, 'x'), 0600, Durability::survives_process);
    EXPECT_EQ(read_file(dir.file("a"), 100).size(), 100U);
    EXPECT_THROW(read_file(dir.file("a"), 99), std::runtime_error);
    EXPECT_THROW(read_file(dir.path()), std::system_error);  // a directory
}

TEST(SecretFile, GivesTheFirstLineWithoutItsEnd) {
    const TempDir dir;
    EXPECT_EQ(Secret::from_file(secret_file(dir, "  pass word \r\nsecond\n", 0640)).reveal(), "  pass word ");
    EXPECT_EQ(Secret::from_file(secret_file(dir, "no line end", 0600)).reveal(), "no line end");
}

TEST(SecretFile, RefusesWhatOthersMayAccess) {
    const TempDir dir;
    for (const unsigned mode : {0604U, 0602U, 0601U, 0644U})
        EXPECT_THROW(Secret::from_file(secret_file(dir, "x", mode)), std::runtime_error) << mode;
}

TEST(SecretFile, RefusesEmptyMissingAndHuge) {
    const TempDir dir;
    EXPECT_THROW(Secret::from_file(secret_file(dir, "", 0600)), std::runtime_error);
    EXPECT_THROW(Secret::from_file(secret_file(dir, "\nsecond line", 0600)), std::runtime_error);
    EXPECT_THROW(Secret::from_file(secret_file(dir, std::string(5000, 'x'), 0600)), std::runtime_error);
    EXPECT_THROW(Secret::from_file(dir.file("none")), std::system_error);
}

TEST(SecretValue, ComparesAndCopies) {
    const Secret secret(std::string("s3cret"));
    EXPECT_TRUE(secret.equals("s3cret"));
    EXPECT_FALSE(secret.equals("s3creT"));
    EXPECT_FALSE(secret.equals(""));
    Secret copy = secret;
    EXPECT_EQ(copy.reveal(), "s3cret");
    copy = Secret(std::string("other"));
    EXPECT_EQ(copy.reveal(), "other");
    copy = secret;
    EXPECT_EQ(copy.reveal(), "s3cret");
    EXPECT_TRUE(Secret().empty());
}

template <class T, class = void>
struct Streams : std::false_type {};
template <class T>
struct Streams<T, std::void_t<decltype(std::declval<std::ostream&>() << std::declval<const T&>())>> : std::true_type {};

TEST(SecretValue, CannotBeStreamed) {
    EXPECT_TRUE(Streams<std::string>::value);
    EXPECT_FALSE(Streams<Secret>::value);
}

/// A Secret in memory of the test's own, which is looked at after the object is gone or moved from.
class SecretMemory {
public:
    [[nodiscard]] void* place() { return memory_.data(); }
    [[nodiscard]] bool holds(std::string_view text) const {
        const auto* bytes = reinterpret_cast<const char*>(memory_.data());
        return std::string_view(bytes, memory_.size()).find(text) != std::string_view::npos;
    }

private:
    alignas(Secret) std::array<unsigned char, sizeof(Secret)> memory_{};
};

TEST(SecretValue, WipesAShortValueWhenItGoes) {
    SecretMemory memory;
    auto* secret = new (memory.place()) Secret(std::string("hunter2"));
    ASSERT_TRUE(memory.holds("hunter2"));  // short strings live inside the object
    std::destroy_at(secret);
    EXPECT_FALSE(memory.holds("hunter2"));
}

TEST(SecretValue, WipesAShortValueWhenItIsMovedAway) {
    SecretMemory memory;
    auto* secret = new (memory.place()) Secret(std::string("hunter2"));
    const Secret constructed(std::move(*secret));
    EXPECT_EQ(constructed.reveal(), "hunter2");
    EXPECT_FALSE(memory.holds("unter2"));
    *secret = Secret(std::string("hunter3"));
    Secret assigned;
    assigned = std::move(*secret);
    EXPECT_EQ(assigned.reveal(), "hunter3");
    EXPECT_FALSE(memory.holds("unter3"));
    std::destroy_at(secret);
}

TEST(SecretValue, WipesTheRestWhenAShorterValueComes) {
    SecretMemory memory;
    auto* secret = new (memory.place()) Secret(std::string("hunter2hunter"));
    const Secret shorter(std::string("x"));
    *secret = shorter;
    EXPECT_EQ(secret->reveal(), "x");
    EXPECT_FALSE(memory.holds("nter2hunter"));
    std::destroy_at(secret);
}

}  // namespace
}  // namespace opencapf

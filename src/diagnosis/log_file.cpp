// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/log_file.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace opencapf::diagnosis {
namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

constexpr std::size_t kBlock = 64UL * 1024;

using Archive = std::unique_ptr<archive, int (*)(archive*)>;

[[noreturn]] void throw_error(const std::string& path, archive* a) {
    const char* text = archive_error_string(a);
    throw std::runtime_error(path + ": " + (text != nullptr ? text : "cannot be unpacked"));
}

/// What begins so is packed: gzip, bzip2, xz, zstd, zip.
bool is_packed(std::string_view head) {
    constexpr std::array kHeads{"\x1f\x8b"sv, "BZh"sv,
                                "\xfd"sv
                                "7zXZ"sv,
                                "\x28\xb5\x2f\xfd"sv, "PK\x03\x04"sv};
    for (const auto one : kHeads)
        if (head.starts_with(one)) return true;
    return head.size() > 262 && head.substr(257, 5) == "ustar";
}

void append_utf8(std::string& text, char32_t c) {
    const auto put = [&text](unsigned value) { text += static_cast<char>(static_cast<unsigned char>(value)); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xc0U | (c >> 6U));
        put(0x80U | (c & 0x3fU));
    } else {
        put(0xe0U | (c >> 12U));
        put(0x80U | ((c >> 6U) & 0x3fU));
        put(0x80U | (c & 0x3fU));
    }
}

/// Without byte order mark, and UTF-8. Logs have no characters beyond the first plane: surrogates stay what they are.
std::string as_utf8(std::string text) {
    if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
    const bool little = text.starts_with("\xff\xfe");
    if (!little && !text.starts_with("\xfe\xff")) return text;
    std::string converted;
    converted.reserve(text.size() / 2);
    for (std::size_t i = 2; i + 1 < text.size(); i += 2) {
        const auto first = static_cast<unsigned char>(text[i]), second = static_cast<unsigned char>(text[i + 1]);
        append_utf8(converted, static_cast<char32_t>(little ? first | (second << 8U) : second | (first << 8U)));
    }
    return converted;
}

std::string read_plain(const std::string& path, std::size_t max_bytes) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path);
    const auto size = static_cast<std::size_t>(fs::file_size(path));
    if (size > max_bytes) file.seekg(static_cast<std::streamoff>(size - max_bytes));
    std::string text(std::min(size, max_bytes), '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

void check_total(const std::string& path, std::size_t bytes, const LogLimits& limits) {
    if (bytes > limits.max_total_bytes)
        throw std::runtime_error(path + ": unpacks to more than " + std::to_string(limits.max_total_bytes) + " bytes");
}

/// The end of the present member.
std::string read_member(const std::string& path, archive* a, const LogLimits& limits, std::size_t& unpacked) {
    std::string text;
    std::array<char, kBlock> block{};
    for (;;) {
        const auto count = archive_read_data(a, block.data(), block.size());
        if (count < 0) throw_error(path, a);
        if (count == 0) break;
        text.append(block.data(), static_cast<std::size_t>(count));
        if (text.size() > 2 * limits.max_file_bytes) text.erase(0, text.size() - limits.max_file_bytes);
        unpacked += static_cast<std::size_t>(count);  // what a zip unpacks to shows nowhere else
        check_total(path, unpacked, limits);
    }
    if (text.size() > limits.max_file_bytes) text.erase(0, text.size() - limits.max_file_bytes);
    return text;
}

std::size_t read_packed(const std::string& path, const LogLimits& limits,
                        const std::function<void(const std::string&, const std::string&)>& take) {
    const Archive a(archive_read_new(), archive_read_free);
    if (!a) throw std::bad_alloc();
    archive_read_support_filter_all(a.get());
    archive_read_support_format_zip(a.get());
    archive_read_support_format_tar(a.get());
    archive_read_support_format_raw(a.get());
    if (archive_read_open_filename(a.get(), path.c_str(), kBlock) != ARCHIVE_OK) throw_error(path, a.get());
    std::size_t unpacked = 0;
    for (std::size_t members = 0;;) {
        archive_entry* entry = nullptr;
        const int result = archive_read_next_header(a.get(), &entry);
        if (result == ARCHIVE_EOF) return members;
        if (result != ARCHIVE_OK && result != ARCHIVE_WARN) throw_error(path, a.get());
        // What is skipped was unpacked too.
        check_total(path, static_cast<std::size_t>(std::max<la_int64_t>(archive_filter_bytes(a.get(), 0), 0)), limits);
        if (archive_entry_filetype(entry) != AE_IFREG) continue;
        if (++members > limits.max_files)
            throw std::runtime_error(path + ": holds more than " + std::to_string(limits.max_files) + " files");
        const bool raw = archive_format(a.get()) == ARCHIVE_FORMAT_RAW;
        const char* member = archive_entry_pathname(entry);
        const std::string name = raw || member == nullptr ? path : path + ":" + member;
        take(name, as_utf8(read_member(path, a.get(), limits, unpacked)));
    }
}

}  // namespace

std::size_t read_log_file(const std::string& path, const LogLimits& limits,
                          const std::function<void(const std::string& name, const std::string& text)>& take) {
    std::string head(512, '\0');
    {
        std::ifstream file(path, std::ios::binary);
        if (!file) throw std::runtime_error("cannot read " + path);
        file.read(head.data(), static_cast<std::streamsize>(head.size()));
        head.resize(static_cast<std::size_t>(file.gcount()));
    }
    if (is_packed(head)) return read_packed(path, limits, take);
    take(path, as_utf8(read_plain(path, limits.max_file_bytes)));
    return 1;
}

}  // namespace opencapf::diagnosis

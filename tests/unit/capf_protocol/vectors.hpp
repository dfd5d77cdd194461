// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/bytes.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/capf_protocol/frame.hpp"

#include <stdexcept>

namespace opencapf::capf_protocol::testing {

/// Bytes of tests/data/capf/<name>.hex; lines that start with '#' say where they come from.
inline Bytes vector_bytes(const std::string& name) {
    std::string hex;
    for (const auto& line : split(read_file(OPENCAPF_TEST_DATA "/capf/" + name + ".hex"), '\n')) {
        if (!line.starts_with('#')) hex += line;
    }
    auto bytes = from_hex(hex);
    if (!bytes) throw std::runtime_error("vector " + name + " is not hex");
    return *std::move(bytes);
}

/// The one frame that `wire` holds.
inline Frame only_frame(ByteView wire) {
    FrameReader reader;
    reader.feed(wire);
    auto frame = reader.next();
    if (!frame || !*frame || reader.pending() != 0) throw std::runtime_error("not exactly one frame");
    return **std::move(frame);
}

inline Frame vector_frame(const std::string& name) { return only_frame(vector_bytes(name)); }

}  // namespace opencapf::capf_protocol::testing

// SPDX-License-Identifier: Apache-2.0
#include "opencapf/capf_protocol/frame.hpp"

#include <algorithm>
#include <stdexcept>

namespace opencapf::capf_protocol {

Bytes encode(const Frame& frame) {
    if (frame.body.size() > kMaxBody) throw std::length_error("CAPF frame body longer than 65535 bytes");
    const auto id = frame.session_id;
    const auto size = frame.body.size();
    Bytes out;
    out.reserve(kHeaderSize + size);
    out.push_back(kMagic);
    out.push_back(static_cast<std::uint8_t>(frame.command));
    for (const unsigned shift : {24U, 16U, 8U, 0U}) out.push_back(static_cast<std::uint8_t>(id >> shift & 0xffU));
    out.push_back(static_cast<std::uint8_t>(size >> 8U & 0xffU));
    out.push_back(static_cast<std::uint8_t>(size & 0xffU));
    out.insert(out.end(), frame.body.begin(), frame.body.end());
    return out;
}

FrameReader::FrameReader(std::size_t max_body) : max_body_(std::min(max_body, kMaxBody)) {}

void FrameReader::feed(ByteView bytes) {
    if (error_) return;
    // Taken frames are dropped only here, so that one feed costs one move at most however many frames it held.
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<Bytes::difference_type>(start_));
    start_ = 0;
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

Result<std::optional<Frame>> FrameReader::next() {
    if (error_) return fail(*error_);
    const ByteView in = ByteView(buffer_).subspan(start_);
    const auto refuse = [this](Errc code, std::string message) {
        error_ = Error{code, std::move(message)};
        return fail(*error_);
    };
    if (!in.empty() && in[0] != kMagic) {
        return refuse(Errc::protocol, "not a CAPF frame: it starts with " + std::to_string(in[0]) + " instead of 85");
    }
    if (in.size() < kHeaderSize) return std::nullopt;
    const std::size_t length = static_cast<std::size_t>(in[6]) << 8U | in[7];
    if (length > max_body_) {
        return refuse(Errc::too_large, "frame body of " + std::to_string(length) + " bytes exceeds the limit of " +
                                           std::to_string(max_body_));
    }
    if (in.size() < kHeaderSize + length) return std::nullopt;
    Frame frame;
    frame.command = static_cast<Command>(in[1]);
    for (std::size_t i = 2; i < 6; ++i) frame.session_id = frame.session_id << 8U | in[i];
    const ByteView body = in.subspan(kHeaderSize, length);
    frame.body.assign(body.begin(), body.end());
    start_ += kHeaderSize + length;
    return frame;
}

}  // namespace opencapf::capf_protocol

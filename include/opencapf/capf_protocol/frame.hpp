// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/bytes.hpp"
#include "opencapf/base/result.hpp"
#include "opencapf/capf_protocol/codes.hpp"

#include <array>

namespace opencapf::capf_protocol {

// Framing of reference/capf-protocol.md section 2. Everything here is a value or a plain function: no I/O, no global
// state; distinct objects may be used on distinct threads.

inline constexpr std::size_t kHeaderSize = 8;
inline constexpr std::size_t kMaxBody = 65535;

/// One message as it travels. `body` holds the encoded elements, at most kMaxBody bytes.
struct Frame {
    Command command = Command::end_session;
    std::uint32_t session_id = 0;
    Bytes body;
    friend bool operator==(const Frame&, const Frame&) = default;
};

/// Header and body in one buffer, to be sent with one write (phones stall on two). Throws std::length_error when the
/// body is longer than kMaxBody, which the encoders of messages.hpp cannot produce.
Bytes encode(const Frame& frame);

/// Cuts frames out of a byte stream, however it was split. A first byte other than the magic fails at once, a body
/// longer than `max_body` as soon as its header is complete; after an error the reader stays failed.
class FrameReader {
public:
    explicit FrameReader(std::size_t max_body = kMaxBody);
    /// Call next() until it has nothing more before feeding again: that bounds the memory.
    void feed(ByteView bytes);
    /// A frame, nothing when more bytes are needed, or an error: protocol (magic), too_large.
    Result<std::optional<Frame>> next();
    /// Bytes fed and not yet taken; not zero at the end of the stream means a truncated frame.
    [[nodiscard]] std::size_t pending() const noexcept { return buffer_.size() - start_; }

private:
    std::size_t max_body_;
    Bytes buffer_;
    std::size_t start_ = 0;
    std::optional<Error> error_;
};

/// What to do with an element whose tag is not known (3.2). The public server and client refuse it.
enum class UnknownTag { refuse, ignore };

struct DecodeOptions {
    UnknownTag unknown_tag = UnknownTag::refuse;
    /// Elements above this tag are refused. A version-2 phone knows nothing above 16 (3.6).
    std::uint8_t highest_tag = 255;
};

/// The elements of one body, in any order; of a repeated tag the last one counts. Views into the parsed bytes, which
/// must outlive it.
class Elements {
public:
    /// Errors: malformed (dangling bytes, element longer than the body), protocol (unknown tag).
    static Result<Elements> parse(ByteView body, const DecodeOptions& options = {});

    [[nodiscard]] std::optional<ByteView> find(Tag tag) const noexcept;
    /// The value of a one-byte element; nothing when absent; malformed when it has another length.
    [[nodiscard]] Result<std::optional<std::uint8_t>> find_u8(Tag tag) const;
    /// The value of a two-byte element.
    [[nodiscard]] Result<std::optional<std::uint16_t>> find_u16(Tag tag) const;
    /// The text without its one trailing NUL; a missing NUL is accepted.
    [[nodiscard]] std::optional<std::string_view> find_text(Tag tag) const noexcept;

private:
    std::array<std::optional<ByteView>, 256> values_{};
};

/// Builds a body. Throws std::length_error when a value or the body exceeds 65535 bytes.
class ElementWriter {
public:
    ElementWriter& bytes(Tag tag, ByteView value);
    ElementWriter& u8(Tag tag, std::uint8_t value);
    ElementWriter& u16(Tag tag, std::uint16_t value);
    ElementWriter& text(Tag tag, std::string_view value);  ///< appends the trailing NUL
    ElementWriter& certificate(ByteView der);              ///< the nesting of 3.4 with one item
    [[nodiscard]] Bytes take() { return std::move(body_); }

private:
    Bytes body_;
};

/// DER of the first item in a CERTIFICATE element (3.4): the item's two leading bytes are skipped unchecked, further
/// items must be well formed and are not looked at. Errors: malformed.
Result<Bytes> first_certificate(ByteView element);

}  // namespace opencapf::capf_protocol

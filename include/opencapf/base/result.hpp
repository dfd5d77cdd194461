// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace opencapf {

/// What kind of thing went wrong. Mapped to the wire (CAPF reason, EST status, certsrv page, exit code) in exactly one
/// table per edge; never switch on `Error::message`.
enum class Errc {
    malformed,     ///< bytes that do not follow their grammar
    protocol,      ///< well-formed, but not allowed here
    unauthorized,  ///< credentials missing or wrong
    forbidden,     ///< authenticated, but not permitted
    not_found,
    conflict,   ///< the state of the thing does not allow it
    too_large,  ///< a configured limit was exceeded
    timeout,
    closed,       ///< the peer went away
    unreachable,  ///< could not connect or resolve
    tls,          ///< handshake or verification failed
    rejected,     ///< the other side understood and said no
    pending,      ///< the other side wants more time (request taken under submission)
    unavailable,  ///< temporarily cannot serve
    crypto,
    io,
    config,
    internal,
};

/// Stable lower-case name of `code`, for logs and JSON.
std::string_view to_string(Errc code) noexcept;

/// An expected failure. `message` is for the operator: it says what, where and, where known, what to do. It never holds
/// a secret, but may hold text a peer chose: renderers escape it.
struct Error {
    Errc code = Errc::internal;
    std::string message;

    /// Returns the same error with `context` put in front ("context: message").
    [[nodiscard]] Error with(std::string_view context) const;
};

/// Result of everything a peer, a file or a network can make fail. Exceptions stay for programmer and start-up errors.
template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Errc code, std::string message) {
    return tl::unexpected<Error>(Error{code, std::move(message)});
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace opencapf

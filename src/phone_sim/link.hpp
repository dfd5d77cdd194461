// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/net/stream.hpp"
#include "phone_sim/options.hpp"

namespace opencapf::phone_sim {

/// The frames of one connection, with the faults that happen on the wire. On one loop; the references must outlive it.
class Link {
public:
    Link(net::Loop& loop, const PhoneOptions& options) : loop_(loop), options_(options) {}

    /// Errors: unreachable, timeout, tls.
    Task<Result<void>> connect(Server server, const net::TlsClientContext& tls);
    /// Errors: timeout, closed, tls, and those of FrameReader.
    Task<Result<capf_protocol::Frame>> receive();
    Task<Result<void>> send(capf_protocol::Frame frame);
    Task<> close();
    [[nodiscard]] std::string tls_version() const { return stream_ ? stream_->tls_version() : std::string(); }

private:
    net::Loop& loop_;
    const PhoneOptions& options_;
    std::unique_ptr<net::Stream> stream_;
    capf_protocol::FrameReader reader_;
    int sent_ = 0;
};

}  // namespace opencapf::phone_sim

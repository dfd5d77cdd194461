// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/tls_peer.hpp"

#include <chrono>
#include <cmath>
#include <string>

namespace opencapf::test {

/// The value of a series in Prometheus' text; NaN, equal to nothing, when it is not there.
inline double value_of(const std::string& text, const std::string& series) {
    const auto at = ("\n" + text).find("\n" + series + " ");
    if (at == std::string::npos) return NAN;
    return std::stod(text.substr(at + series.size()));
}

/// The whole answer of a metrics server on this machine.
inline std::string ask_metrics(std::uint16_t port, const std::string& path = "/metrics",
                               const std::string& method = "GET") {
    const TcpPeer client(port);
    client.send(method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    return client.read_all();
}

/// The same once `series` has `value`, or after 20 s as it is then: a daemon counts an answer when it is out, and its
/// client may have it before.
inline std::string metrics_once(std::uint16_t port, const std::string& series, double value) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (;;) {
        std::string text = ask_metrics(port);
        if (value_of(text, series) == value || std::chrono::steady_clock::now() > deadline) return text;
    }
}

}  // namespace opencapf::test

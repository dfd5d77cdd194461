// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "component/phone_sim/fake_capf.hpp"
#include "opencapf/base/text.hpp"
#include "phone_sim/fleet.hpp"

#include <gmock/gmock.h>

namespace opencapf::phone_sim::testing {

inline const std::string kName = "SEP001122334455";

/// One phone against servers of the test.
class Run : public ::testing::Test {
protected:
    PhoneResult run(FakeCapf& server) {
        options.host = "127.0.0.1";
        options.port = server.port();
        return run_with(read_file(server.trust_file()));
    }
    /// With options.host and port as they are.
    PhoneResult run_with(const std::string& trusted) {
        options.name = kName;
        options.retry_interval = net::Duration(1);
        net::TlsClientConfig tls;
        tls.trust_pem.push_back(trust.empty() ? trusted : trust);
        const auto show = [this](std::string_view text) { screen.emplace_back(text); };
        return run_single(options, store(), net::TlsClientContext(tls), show);
    }
    [[nodiscard]] std::string store() const { return directory.file("phones"); }
    [[nodiscard]] PhoneStore files() const { return {store(), kName}; }

    test::TempDir directory;
    PhoneOptions options;
    std::string trust;
    std::vector<std::string> screen;
};

}  // namespace opencapf::phone_sim::testing

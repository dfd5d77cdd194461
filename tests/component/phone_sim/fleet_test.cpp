// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/fleet.hpp"

#include "component/phone_sim/fake_capf.hpp"
#include "opencapf/base/text.hpp"

#include <gmock/gmock.h>

namespace opencapf::phone_sim::testing {
namespace {

class FleetRun : public ::testing::TestWithParam<bool> {};

TEST_P(FleetRun, EveryPhoneGetsItsOwnCertificate) {
    Script script;
    script.sign = true;
    FakeCapf server(script);
    const test::TempDir directory;
    FleetOptions options;
    options.phone.host = "127.0.0.1";
    options.phone.port = server.port();
    options.count = 12;
    options.parallel = 5;
    options.pregenerate_keys = GetParam();
    options.store = directory.file("phones");
    net::TlsClientConfig tls;
    tls.trust_pem.push_back(read_file(server.trust_file()));
    const auto result = run_fleet(options, net::TlsClientContext(tls));
    EXPECT_EQ(result.failed(), 0U);
    EXPECT_GT(result.wall_s, 0);
    EXPECT_EQ(server.count("signed"), 12U);
    std::vector<Bytes> keys;
    for (const auto& name : fleet_names("SEP", 12)) {
        const PhoneStore store(options.store, name);
        const auto lsc = store.lsc();
        ASSERT_TRUE(lsc) << name;
        EXPECT_EQ(lsc->common_name(), name);
        EXPECT_EQ(x509::PrivateKey::load(store.key_path()).public_key(), lsc->public_key());
        keys.push_back(lsc->public_key().spki_der());
    }
    std::sort(keys.begin(), keys.end());
    EXPECT_EQ(std::unique(keys.begin(), keys.end()), keys.end());
}

INSTANTIATE_TEST_SUITE_P(Keys, FleetRun, ::testing::Bool());

}  // namespace
}  // namespace opencapf::phone_sim::testing

// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/trust_list.hpp"

#include "opencapf/base/text.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>

namespace opencapf::phone_sim {
namespace {

using capf_protocol::ItlContent;
using capf_protocol::ItlFunction;

class TrustListTest : public testing::Test {
protected:
    /// Writes a list of `signer` for `capf` and gives the file's name.
    std::string list_of(const test::Issued& signer, const test::Issued& capf, const std::string& name) {
        ItlContent content;
        content.made_at = std::chrono::system_clock::from_time_t(1'700'000'000);
        content.records = {{ItlFunction::tftp, signer.certificate, "", ""},
                           {ItlFunction::security_token, token_.certificate, "", ""},
                           {ItlFunction::capf, capf.certificate, "", ""}};
        write_file_atomically(dir_.file(name), as_text(make_itl(content, signer.certificate, signer.key).value()));
        return dir_.file(name);
    }
    static Bytes capf_of(const TrustList& list) { return list.itl.with_function(ItlFunction::capf).at(0).der(); }

    test::TempDir dir_;
    PhoneStore store_{dir_.file("phones"), "SEP1"};
    test::Issued tftp_ = test::make_self_signed({.common_name = "tftp"});
    test::Issued token_ = test::make_self_signed({.common_name = "token"});
    test::Issued old_ = test::make_self_signed({.common_name = "CAPF-1"});
    test::Issued new_ = test::make_self_signed({.common_name = "CAPF-2"});
};

TEST_F(TrustListTest, TheFirstIsTrustedAndKept) {
    const auto first = offer_trust_list(store_, list_of(tftp_, old_, "first"));
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_THAT(first->note, testing::HasSubstr("First ITL"));
    EXPECT_EQ(capf_of(*first), old_.certificate.der());
    EXPECT_EQ(read_file(store_.trust_list_path()), read_file(dir_.file("first")));
    const auto again = offer_trust_list(store_, dir_.file("first"));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->note, "");
}

TEST_F(TrustListTest, ALaterOneIsTakenFromASignerOfTheKeptOne) {
    ASSERT_TRUE(offer_trust_list(store_, list_of(tftp_, old_, "first")));
    const auto next = offer_trust_list(store_, list_of(token_, new_, "next"));
    ASSERT_TRUE(next);
    EXPECT_FALSE(next->refused);
    EXPECT_EQ(capf_of(*next), new_.certificate.der());
    EXPECT_EQ(read_file(store_.trust_list_path()), read_file(dir_.file("next")));
    // The signer of the first one is no signer of this one.
    const auto former = offer_trust_list(store_, list_of(tftp_, old_, "former"));
    ASSERT_TRUE(former);
    EXPECT_TRUE(former->refused);
}

TEST_F(TrustListTest, AStrangersOrABrokenOneLeavesTheKeptOne) {
    ASSERT_TRUE(offer_trust_list(store_, list_of(tftp_, old_, "first")));
    const auto stranger = test::make_self_signed({.common_name = "tftp"});
    const std::string strangers = list_of(stranger, new_, "strangers");
    write_file_atomically(dir_.file("broken"), read_file(strangers).substr(0, 300));
    write_file_atomically(dir_.file("huge"), std::string(1024 * 1024, 'x'));
    // CAPF is in the kept list, but must not sign one.
    for (const auto& file : {strangers, dir_.file("broken"), dir_.file("huge"), dir_.file("no such file"),
                             list_of(old_, new_, "capf's")}) {
        const auto offered = offer_trust_list(store_, file);
        ASSERT_TRUE(offered) << offered.error().message;
        EXPECT_TRUE(offered->refused) << file;
        EXPECT_THAT(offered->note, testing::HasSubstr("refused"));
        EXPECT_EQ(capf_of(*offered), old_.certificate.der());
        EXPECT_EQ(read_file(store_.trust_list_path()), read_file(dir_.file("first")));
    }
}

TEST_F(TrustListTest, ABrokenFirstOneIsNotKept) {
    write_file_atomically(dir_.file("broken"), "x");
    EXPECT_FALSE(offer_trust_list(store_, dir_.file("broken")));
    EXPECT_FALSE(offer_trust_list(store_, dir_.file("no such file")));
    EXPECT_FALSE(store_.has_trust_list());
}

}  // namespace
}  // namespace opencapf::phone_sim

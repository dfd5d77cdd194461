// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/plain_form.hpp"

#include <gtest/gtest.h>

namespace opencapf::ca_sim {
namespace {

TEST(PlainForm, SaysWhatTheScriptWouldHaveSaid) {
    const Submission submission = read_submission(fields_of_plain_form(
        {{"taRequest", "MIIB"}, {"lbCertTemplate", "O;CiscoRA;1;3;;0;1;0;;1.2;100;1;3;CiscoRA"}, {"taAttrib", "a:b"}}));
    EXPECT_EQ(submission.mode, SubmitMode::new_request);
    EXPECT_EQ(submission.certificate_request, "MIIB");
    EXPECT_EQ(submission.template_name, "CiscoRA");
}

TEST(PlainForm, WorksWithoutTemplate) {
    const Form form = fields_of_plain_form({{"taRequest", "MIIB"}, {"taAttrib", "SAN:dns=x"}});
    EXPECT_EQ(read_submission(form).mode, SubmitMode::new_request);
    EXPECT_EQ(http::form_value(form, "CertAttrib"), "SAN:dns=x");
}

TEST(PlainForm, LeavesWhatScriptsAndClientsSend) {
    const Form form{{"Mode", "chkpnd"}, {"ReqID", "3"}, {"taRequest", "MIIB"}};
    EXPECT_EQ(fields_of_plain_form(form), form);
    EXPECT_EQ(fields_of_plain_form({{"CertRequest", "MIIB"}}), (Form{{"CertRequest", "MIIB"}}));
}

}  // namespace
}  // namespace opencapf::ca_sim

// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/submission.hpp"

#include <gmock/gmock.h>

namespace opencapf::ca_sim {
namespace {

TEST(ParseAttributes, ReadsWhatClientsSend) {
    const auto lines =
        parse_attributes("CertificateTemplate:CiscoRA\r\nUser-Agent: curl/7 : x \nno colon\n san : dns=a");
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[0].name, "certificatetemplate");
    EXPECT_EQ(lines[0].value, "CiscoRA");
    EXPECT_EQ(lines[1].name, "useragent");
    EXPECT_EQ(lines[1].value, "curl/7 : x");
    EXPECT_EQ(lines[2].name, "san");
    EXPECT_EQ(lines[2].value, "dns=a");
}

TEST(ParseAttributes, IsBounded) {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += "a:b\n";
    EXPECT_EQ(parse_attributes(text).size(), 64U);
}

TEST(ReadSubmission, TakesTheTemplateFromTheAttributesOnly) {
    const auto form = parse_post("application/x-www-form-urlencoded; charset=UTF-8",
                                 "mode=newreq&CertRequest=A%2BB+C&certattrib=Certificate-Template%3aCiscoRA%0D%0A&"
                                 "CertificateTemplate=Other&SaveCert=yes&");
    ASSERT_TRUE(form);
    const Submission submission = read_submission(*form);
    EXPECT_EQ(submission.mode, SubmitMode::new_request);
    EXPECT_EQ(submission.certificate_request, "A+B C");
    EXPECT_EQ(submission.template_name, "CiscoRA");
    EXPECT_FALSE(submission.request_id);
}

TEST(ReadSubmission, KnowsTheModes) {
    EXPECT_EQ(read_submission({{"Mode", "newreq NN"}}).mode, SubmitMode::new_request);
    EXPECT_EQ(read_submission({{"Mode", "chkpnd"}, {"ReqID", "12"}}).mode, SubmitMode::check_pending);
    EXPECT_EQ(read_submission({{"Mode", "chkpnd"}, {"ReqID", "12"}}).request_id, 12);
    EXPECT_EQ(read_submission({}).mode, SubmitMode::other);
}

TEST(ParsePost, ReadsMultipart) {
    const std::string body =
        "--xyz\r\nContent-Disposition: form-data; name=\"Mode\"\r\n\r\nnewreq\r\n"
        "--xyz\r\nContent-Disposition: form-data; name=\"CertRequest\"; filename=\"a.csr\"\r\n"
        "Content-Type: application/octet-stream\r\n\r\nline 1\r\nline 2\r\n\r\n--xyz--\r\n";
    const auto form = parse_post("multipart/form-data; boundary=\"xyz\"", body);
    ASSERT_TRUE(form);
    EXPECT_EQ(http::form_value(*form, "mode"), "newreq");
    EXPECT_EQ(http::form_value(*form, "CertRequest"), "line 1\r\nline 2\r\n");
}

TEST(ParsePost, RefusesBrokenMultipartAndOtherTypes) {
    EXPECT_FALSE(parse_post("multipart/form-data", "--a--"));
    EXPECT_FALSE(parse_post("multipart/form-data; boundary=a", ""));
    EXPECT_FALSE(
        parse_post("multipart/form-data; boundary=a", "--a\r\nContent-Disposition: form-data; name=x\r\n\r\nv"));
    EXPECT_FALSE(parse_post("multipart/form-data; boundary=a", "--a\r\n\r\n--a"));
    EXPECT_FALSE(parse_post("application/json", "{}"));
    EXPECT_FALSE(parse_post("", "Mode=newreq"));
}

TEST(ParseRequestId, TakesDigitsOnly) {
    EXPECT_EQ(parse_request_id("10"), 10);
    EXPECT_EQ(parse_request_id("9999999999"), 9999999999);
    for (const char* bad : {"", "0", "-1", "+1", "1x", "0x1", "10000000000", "CACert", "1 2"}) {
        EXPECT_FALSE(parse_request_id(bad)) << bad;
    }
}

TEST(ReadFetchQuery, IgnoresCaseAndOrder) {
    const FetchQuery plain = read_fetch_query("ReqID=10&ENC=b64");
    EXPECT_EQ(plain.request_id, 10);
    EXPECT_EQ(plain.encoding, Encoding::base64);
    EXPECT_EQ(read_fetch_query("enc=BIN&reqid=3&").encoding, Encoding::der);
    EXPECT_EQ(read_fetch_query("enc=BIN&reqid=3&").request_id, 3);
    EXPECT_EQ(read_fetch_query("ReqID=3").encoding, Encoding::base64);
    EXPECT_EQ(read_fetch_query("ReqID=3&Enc=DER").encoding, Encoding::base64);
    EXPECT_FALSE(read_fetch_query("Enc=bin").request_id);
}

TEST(ReadFetchQuery, KnowsTheCaCertificate) {
    const FetchQuery query = read_fetch_query("ReqID=CACert&Renewal=0&Enc=bin");
    EXPECT_TRUE(query.ca_certificate);
    EXPECT_EQ(query.renewal, 0);
    EXPECT_EQ(query.encoding, Encoding::der);
    EXPECT_FALSE(read_fetch_query("ReqID=cacert&Renewal=-1").renewal);
    EXPECT_EQ(read_fetch_query("ReqID=CACert&Renewal=1").renewal, 1);
    EXPECT_EQ(read_fetch_query("ReqID=CACert&Renewal=x").renewal, -1);
    EXPECT_TRUE(read_fetch_query("type=DELTA&Renewal=0").delta);
}

}  // namespace
}  // namespace opencapf::ca_sim

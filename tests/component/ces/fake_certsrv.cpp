// SPDX-License-Identifier: Apache-2.0
#include "fake_certsrv.hpp"

#include "opencapf/base/clock.hpp"
#include "opencapf/est/codec.hpp"

#include <utility>

namespace opencapf::ces::test {
namespace {

http::Response page(std::string body, unsigned status = 200) {
    http::Response response;
    response.status = status;
    response.headers.add("Content-Type", "text/html");
    response.body = std::move(body);
    return response;
}

}  // namespace

FakeCertsrv::FakeCertsrv(const TempDir& dir, const LabPki& pki)
    : server(dir, [this](net::Loop& loop, const http::Request& request) { return answer(loop, request); }), pki_(pki) {}

void FakeCertsrv::set(const std::function<void(CaScript&)>& change) {
    const std::lock_guard lock(script.mutex);
    change(script);
}

std::vector<std::string> FakeCertsrv::take_log() {
    const std::lock_guard lock(script.mutex);
    return std::exchange(script.log, {});
}

Task<http::Response> FakeCertsrv::answer(net::Loop& loop, const http::Request& request) {
    net::Duration delay{0};
    {
        const std::lock_guard lock(script.mutex);
        delay = script.delay;
        if (request.method == "POST") delay += script.post_delay;
    }
    if (delay.count() > 0) co_await loop.sleep(delay);
    co_return answer_now(request);
}

http::Response FakeCertsrv::answer_now(const http::Request& request) {
    const std::lock_guard lock(script.mutex);
    if (const auto id = request.headers.get("X-Request-ID"); !id.empty()) script.request_ids.emplace_back(id);
    http::Response response;
    const auto credentials = est::parse_basic(request.headers.get("Authorization"));
    if (!credentials || credentials->user != "LAB\\ciscora" || !credentials->password.equals("secret")) {
        response = page("<title>401</title>", 401);
        response.headers.add("WWW-Authenticate", "Basic realm=\"localhost\"");
    } else if (request.path == "/certsrv") {
        response = page(std::string(163, 'x'), 301);
    } else if (request.path == "/certsrv/certrqxt.asp") {
        response = page("<Select Name=lbCertTemplate ID=lbCertTemplateID><Option Value=\"O;" + script.templates +
                        ";1;3;0;0;1;0;;1.3.6.1;100;1;2;x\">x</Select>");
    } else if (request.path == "/certsrv/certfnsh.asp" && request.method == "POST") {
        response = submit(request);
    } else if (request.path == "/certsrv/certnew.cer") {
        response = certificate(request);
        response.close = script.drop_after_fetch;
    } else if (request.path == "/certsrv/certnew.p7b") {
        const Bytes der = x509::make_certs_only({pki_.root.certificate});
        response = page(std::string(der.begin(), der.end()));
    } else {
        response = page("not here", 404);
    }
    response.headers.add(
        "Date", format_utc(std::chrono::system_clock::now() + script.clock_offset, "%a, %d %b %Y %H:%M:%S GMT"));
    std::string line = request.method + " " + request.target + " " + std::to_string(response.status);
    if (request.headers.has("Referer")) line += " from " + std::string(request.headers.get("Referer"));
    script.log.push_back(std::move(line));
    return response;
}

http::Response FakeCertsrv::submit(const http::Request& request) {
    const auto form = http::parse_form(request.body);
    script.last_request_pem = std::string(http::form_value(form, "CertRequest"));
    script.forms.emplace_back(http::form_value(form, "CertAttrib"));
    const std::string id = std::to_string(++script.last_id);
    switch (script.mode) {
        case CaScript::Mode::deny:
            return page("<P ID=locDenied>denied<P>Your Request Id is " + id +
                        ".  The disposition message is \"Denied by Policy Module  0x80094012, not you\".");
        case CaScript::Mode::pend:
            return page("<P>Certificate Pending<P ID=locInfoReqID>Your Request Id is " + id + ".");
        case CaScript::Mode::error_page:
            return page(
                "Your request failed.<DL><DT ID=locDispLabel>Disposition:<DD>\r\n\t\t(never set)"
                "<DT ID=locLastStatLabel>LastStatus:<DD>\r\n\t\tThe RPC server is unavailable. 0x800706ba</DL>");
        case CaScript::Mode::gibberish:
            return page("<html>welcome to the printer</html>");
        case CaScript::Mode::issue:
        case CaScript::Mode::wrong_key:
            break;
    }
    return page("<A Href=\"certnew.cer?ReqID=" + id + "&amp;Enc=bin\">");
}

http::Response FakeCertsrv::certificate(const http::Request& request) {
    if (script.mode == CaScript::Mode::pend)
        return page(
            "Your request failed.<DT ID=locDispLabel>Disposition:<DD>\r\n\t\t5<DT ID=locDispMsgLabel><DD>"
            "\r\n\t\tTaken Under Submission");
    const auto query = http::parse_form(request.query);
    const auto id = http::form_value(query, "ReqID");
    if (id != std::to_string(script.last_id)) return page("unknown id", 404);
    const auto csr = x509::CertificateRequest::from_text(script.last_request_pem);
    if (!csr) return page("broken request", 500);
    opencapf::test::CertificateSpec spec;
    spec.common_name = csr->common_name();
    const auto key = script.mode == CaScript::Mode::wrong_key ? pki_.server.key.public_key() : csr->public_key();
    return page(make_certificate(spec, key, pki_.root.key, &pki_.root.certificate).pem("\r\n"));
}

}  // namespace opencapf::ces::test

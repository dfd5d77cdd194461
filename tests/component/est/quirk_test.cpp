// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/text.hpp"
#include "opencapf/est/client.hpp"
#include "opencapf/x509/builder.hpp"
#include "support/loops.hpp"
#include "support/raw_tls_server.hpp"

#include <array>
#include <functional>
#include <gmock/gmock.h>
#include <openssl/ssl.h>

namespace opencapf::est {
namespace {

using namespace std::chrono_literals;
using test::RawConnection;
using test::RawTlsServer;

enum class Framing { content_length, chunked, until_close };
enum class Bag { leaf, leaf_then_ca, ca_then_leaf };

/// The switches of the quirk matrix (est.md section 7). As they stand here: its base, which every client takes.
struct Switches {
    std::size_t columns = 0;  ///< of base64; 0 = one line
    std::string eol = "\n";
    bool final_eol = true;
    bool transfer_encoding = true;
    std::string enrol_type = "application/pkcs7-mime; smime-type=certs-only";
    std::string cacerts_type = "application/pkcs7-mime";
    bool lower_case_names = false;
    Framing framing = Framing::content_length;
    bool honours_close = true;
    bool says_close_notify = true;
    std::chrono::milliseconds between_head_and_body{0};  ///< 0 = one write
    std::size_t record_size = 0;                         ///< 0 = one record
    Bag bag = Bag::leaf;
    std::size_t ca_certificates = 1;
    bool large_certificate = false;
    bool empty_content = false;  ///< eContent present and empty
    bool challenges = false;     ///< 401 first
    std::string status = "200 OK";
    std::string extra_head;  ///< lines with CRLF
    bool leaves_without_answer = false;
    bool silent = false;
    RawTlsServer::Options tls;
};

/// One row: what the server does, and what a correct client makes of it.
struct Row {
    std::string name;
    std::function<void(Switches&)> set;
    EstError cacerts = EstError::none;
    EstError enroll = EstError::none;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

/// certs-only SignedData whose eContent is there and empty: eContent [0] EXPLICIT OCTET STRING after the content type.
Bytes with_empty_content(const std::vector<x509::Certificate>& certificates) {
    const Bytes oid_data = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
    const Bytes oid_signed = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};
    const auto join = [](std::initializer_list<Bytes> parts) {
        Bytes all;
        for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
        return all;
    };
    Bytes bag;
    for (const auto& certificate : certificates)
        bag.insert(bag.end(), certificate.der().begin(), certificate.der().end());
    const Bytes content = x509::make_der(0x30, join({oid_data, x509::make_der(0xa0, Bytes{0x04, 0x00})}));
    const Bytes inner = join({{0x02, 0x01, 0x01, 0x31, 0x00}, content, x509::make_der(0xa0, bag), {0x31, 0x00}});
    return x509::make_der(0x30, join({oid_signed, x509::make_der(0xa0, x509::make_der(0x30, inner))}));
}

class EstQuirk : public testing::TestWithParam<Row> {
protected:
    EstQuirk() : loops_(1) {
        GetParam().set(switches_);
        test::CertificateSpec leaf;
        leaf.common_name = "SEP1";
        if (switches_.large_certificate) {
            leaf.dns_name = "n0.example.test";
            for (int i = 1; i < 40; ++i) leaf.dns_name += ",DNS:n" + std::to_string(i) + ".example.test";
        }
        issued_ = test::make_certificate(leaf, key_.public_key(), root_.key, &root_.certificate);
        while (cas_.size() < switches_.ca_certificates)
            cas_.push_back(test::issue({.common_name = "Issuing CA", .ca = true}, root_).certificate);
        server_ = std::make_unique<RawTlsServer>(identity_, switches_.tls, [this](RawConnection& c) { serve(c); });
        loops_.start();
    }
    ~EstQuirk() override {
        server_->stop();
        loops_.stop();
    }

    void serve(RawConnection& connection) {
        while (true) {
            const std::string request = connection.read_request();
            if (request.empty() || switches_.leaves_without_answer) return;
            if (switches_.silent) {
                connection.client_closes();
                return;
            }
            answer(connection, request);
            if (switches_.honours_close || switches_.framing == Framing::until_close) {
                if (switches_.says_close_notify) connection.close_notify();
                return;
            }
        }
    }

    void answer(RawConnection& connection, const std::string& request) {
        std::string body;
        std::string type;
        std::string status = switches_.status;
        std::string extra = switches_.extra_head;
        if (switches_.challenges && request.find("\r\nAuthorization: Basic ") == std::string::npos) {
            status = "401 Unauthorized";
            extra = "WWW-Authenticate: Basic realm=\"estrealm\"\r\n";
        } else if (status == "200 OK") {
            const bool cacerts = request.rfind("GET /.well-known/est/cacerts ", 0) == 0;
            body = encoded(cacerts ? cas_ : enrolled());
            type = cacerts ? switches_.cacerts_type : switches_.enrol_type;
        }
        std::string head = "HTTP/1.1 " + status + "\r\n" + extra;
        if (!type.empty()) head += name("Content-Type") + ": " + type + "\r\n";
        if (switches_.transfer_encoding) head += name("Content-Transfer-Encoding") + ": base64\r\n";
        frame(head, body);
        head += "\r\n";
        send(connection, head, body);
    }

    void frame(std::string& head, std::string& body) const {
        if (switches_.framing == Framing::content_length) {
            head += name("Content-Length") + ": " + std::to_string(body.size()) + "\r\n";
        } else if (switches_.framing == Framing::chunked) {
            head += name("Transfer-Encoding") + ": chunked\r\n";
            std::string chunks;
            for (std::size_t at = 0; at < body.size(); at += 100) {
                const std::string chunk = body.substr(at, 100);
                std::array<char, 16> size{};
                static_cast<void>(std::snprintf(size.data(), size.size(), "%zx", chunk.size()));
                chunks += std::string(size.data()) + "\r\n" + chunk + "\r\n";
            }
            body = chunks + "0\r\n\r\n";
        }
    }

    void send(RawConnection& connection, const std::string& head, const std::string& body) const {
        if (switches_.record_size != 0) {
            connection.write_records(head + body, switches_.record_size);
        } else if (switches_.between_head_and_body.count() > 0) {
            connection.write(head);
            connection.pause(switches_.between_head_and_body);
            if (!body.empty()) connection.write(body);
        } else {
            connection.write(head + body);
        }
    }

    [[nodiscard]] std::vector<x509::Certificate> enrolled() const {
        switch (switches_.bag) {
            case Bag::leaf_then_ca:
                return {*issued_, root_.certificate};
            case Bag::ca_then_leaf:
                return {root_.certificate, *issued_};
            case Bag::leaf:
                break;
        }
        return {*issued_};
    }

    [[nodiscard]] std::string encoded(const std::vector<x509::Certificate>& certificates) const {
        const Bytes der =
            switches_.empty_content ? with_empty_content(certificates) : x509::make_certs_only(certificates);
        std::string text = switches_.columns == 0 ? to_base64(der) : to_base64(der, switches_.columns, switches_.eol);
        while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
        if (switches_.final_eol) text += switches_.eol;
        return text;
    }

    [[nodiscard]] std::string name(std::string text) const {
        return switches_.lower_case_names ? to_lower(text) : text;
    }

    [[nodiscard]] ClientConfig config() const {
        ClientConfig config;
        config.host = "localhost";
        config.port = server_->port();
        config.trust = std::make_shared<const x509::TrustStore>(std::vector<x509::Certificate>{root_.certificate});
        config.user = "LAB\\ciscora";
        config.password = Secret("secret");
        // Long enough for a busy machine, and short where the row is about waiting in vain.
        config.read_timeout = switches_.silent ? net::Duration(300) : net::Duration(10'000);
        return config;
    }

    test::Issued root_ = test::make_root("Lab Root CA");
    test::Issued identity_ = test::issue({.common_name = "localhost", .dns_name = "localhost"}, root_);
    x509::PrivateKey key_ = x509::PrivateKey::generate_ec("P-256");
    x509::CertificateRequest csr_ = x509::make_request({{"CN", "SEP1"}}, key_);
    std::optional<x509::Certificate> issued_;
    std::vector<x509::Certificate> cas_{root_.certificate};
    Switches switches_;
    std::unique_ptr<RawTlsServer> server_;
    net::LoopPool loops_;
};

TEST_P(EstQuirk, C19_OutcomeOfTheRow) {
    Client client(loops_[0], config());
    const auto cacerts = test::run_on<CaCertsResult>(loops_[0], [&] { return client.cacerts(); });
    EXPECT_EQ(cacerts.error, GetParam().cacerts) << cacerts.detail;
    EXPECT_EQ(cacerts.certificates.size(), cacerts.ok() ? switches_.ca_certificates : 0U);

    const auto enrolled = test::run_on<EnrollResult>(loops_[0], [&] { return client.enroll(csr_); });
    EXPECT_EQ(enrolled.error, GetParam().enroll) << enrolled.detail;
    EXPECT_EQ(enrolled.issued.has_value(), enrolled.ok());
    if (enrolled.issued) {
        EXPECT_EQ(enrolled.issued->der(), issued_->der());
    }
    if (enrolled.error == EstError::ca_enroll_retry) {
        EXPECT_EQ(enrolled.retry_after, 5s);
    }
    if (!enrolled.ok()) {
        EXPECT_NE(enrolled.detail, "");
    }
}

void base64_lines(Switches& s, std::size_t columns, bool final_eol = true, std::string eol = "\n") {
    s.columns = columns;
    s.final_eol = final_eol;
    s.eol = std::move(eol);
    s.ca_certificates = 5;
    s.large_certificate = true;
}

const Row kRows[] = {
    {"OneLineBelow1KB", [](Switches&) {}},
    {"OneLineAbove1KB", [](Switches& s) { base64_lines(s, 0); }},
    {"OneLineWithoutFinalLf", [](Switches& s) { base64_lines(s, 0, false); }},
    {"LinesOf64", [](Switches& s) { base64_lines(s, 64, false); }},
    {"LinesOf64AndFinalLf", [](Switches& s) { base64_lines(s, 64); }},
    {"LinesOf900", [](Switches& s) { base64_lines(s, 900); }},
    {"LinesOf1400", [](Switches& s) { base64_lines(s, 1400); }},
    {"LinesOf76WithCrlf", [](Switches& s) { base64_lines(s, 76, true, "\r\n"); }},
    {"NoTransferEncoding", [](Switches& s) { s.transfer_encoding = false; }},
    {"EnrolTypeWithoutSmimeType", [](Switches& s) { s.enrol_type = "application/pkcs7-mime"; }},
    {"SmimeTypeWithoutSpace", [](Switches& s) { s.enrol_type = "application/pkcs7-mime;smime-type=certs-only"; }},
    {"CaCertsWithSmimeType", [](Switches& s) { s.cacerts_type = s.enrol_type; }},
    {"LowerCaseHeaderNames", [](Switches& s) { s.lower_case_names = true; }},
    {"ChunkedResponse", [](Switches& s) { s.framing = Framing::chunked; }},
    {"NoContentLengthCloses", [](Switches& s) { s.framing = Framing::until_close; }},
    {"KeepsConnectionInSpiteOfClose", [](Switches& s) { s.honours_close = false; }},
    {"HeadAndBody300MsApart", [](Switches& s) { s.between_head_and_body = 300ms; }},
    {"RecordsOf100Bytes", [](Switches& s) { s.record_size = 100; }},
    {"LeafThenCa", [](Switches& s) { s.bag = Bag::leaf_then_ca; }},
    {"CaThenLeaf", [](Switches& s) { s.bag = Bag::ca_then_leaf; }},
    {"EmptyContent", [](Switches& s) { s.empty_content = true; }},
    // /cacerts needs no authentication (RFC 7030 section 4.1.2), so this client shows none.
    {"ChallengeFirst", [](Switches& s) { s.challenges = true; }, EstError::auth_fail, EstError::none},
    {"Tls13Only", [](Switches& s) { s.tls.minimum_version = TLS1_3_VERSION; }},
    {"Tls12Only", [](Switches& s) { s.tls.maximum_version = TLS1_2_VERSION; }},
    {"Certificates31", [](Switches& s) { s.ca_certificates = 31; }},
    {"RetryAfter5",
     [](Switches& s) {
         s.status = "202 Accepted";
         s.extra_head = "Retry-After: 5\r\n";
     },
     EstError::unknown, EstError::ca_enroll_retry},
    {"Status500", [](Switches& s) { s.status = "500 Internal Server Error"; }, EstError::unknown, EstError::unknown},
    {"ClosesBeforeAnswering", [](Switches& s) { s.leaves_without_answer = true; }, EstError::http_not_found,
     EstError::http_not_found},
    {"Silent", [](Switches& s) { s.silent = true; }, EstError::ssl_read, EstError::ssl_read},
    {"NoCloseNotify", [](Switches& s) { s.says_close_notify = false; }},
};

INSTANTIATE_TEST_SUITE_P(Matrix, EstQuirk, testing::ValuesIn(kRows), [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace opencapf::est

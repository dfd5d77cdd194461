// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cesd_fixture.hpp"
#include "support/tls_peer.hpp"

namespace opencapf::ces {

/// cesd and clients that show certificates, or build their requests when the handshake is over.
class RawEst : public CesdTest {
protected:
    using Peer = opencapf::test::TlsPeer;
    using Spec = opencapf::test::CertificateSpec;
    using Issued = opencapf::test::Issued;

    static unsigned status_of(const std::string& answer) {
        return answer.size() < 12 ? 0 : static_cast<unsigned>(std::stoul(answer.substr(9, 3)));
    }
    static std::string request(const std::string& operation, const std::string& body, const std::string& more = {}) {
        return "POST /.well-known/est/" + operation +
               " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pkcs10\r\n" + more +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    static std::string basic(const std::string& user, const std::string& password) {
        return "Authorization: Basic " + to_base64(as_bytes(user + ":" + password)) + "\r\n";
    }
    static std::string basic() { return basic("LAB\\ciscora", "secret"); }

    /// One request on a connection of its own with the certificate `client` (null: none).
    std::string ask(const Issued* client, const std::string& text) {
        Peer::Options options;
        options.identity = client;
        Peer peer(cesd_->port(), options);
        peer.send(text);
        return peer.read_answer();
    }
    unsigned status(const Issued* client, const std::string& text) { return status_of(ask(client, text)); }
    Issued client(const std::string& name, const std::string& usage = "clientAuth", const std::string& dns = {}) {
        Spec spec{name, dns};
        spec.extended_key_usage = usage;
        return test::issue(spec, pki_.root);
    }
    std::string csr_body() const { return est::encode_body(csr_.der()); }
    Config with_certificates() {
        Config settings = config();
        settings.est.base.auth = {AuthWay::certsrv_login, AuthWay::client_certificate};
        return settings;
    }
};

}  // namespace opencapf::ces

// SPDX-License-Identifier: Apache-2.0
// CPU time of the cryptography that one enrolment cannot avoid, measured with the lab's own keys and certificates.
// See docs/bench.md for what counts and why. Plain OpenSSL calls: this is the yardstick, not the thing measured.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <memory>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* value) const noexcept {
        Free(value);
    }
};
using CtxPtr = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, Deleter<SSL_free>>;
using X509Ptr = std::unique_ptr<X509, Deleter<X509_free>>;
using ReqPtr = std::unique_ptr<X509_REQ, Deleter<X509_REQ_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using StorePtr = std::unique_ptr<X509_STORE, Deleter<X509_STORE_free>>;
using StoreCtxPtr = std::unique_ptr<X509_STORE_CTX, Deleter<X509_STORE_CTX_free>>;
using FilePtr = std::unique_ptr<std::FILE, Deleter<std::fclose>>;

void require(bool good, const std::string& what) {
    if (good) return;
    const unsigned long code = ERR_peek_last_error();
    const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
    throw std::runtime_error(what + (reason != nullptr ? std::string(": ") + reason : ""));
}

double cpu_now_ms() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

X509Ptr read_certificate(const std::string& path) {
    const FilePtr file(std::fopen(path.c_str(), "r"));
    require(file != nullptr, "cannot open " + path);
    X509Ptr certificate(PEM_read_X509(file.get(), nullptr, nullptr, nullptr));
    require(certificate != nullptr, "no certificate in " + path);
    return certificate;
}

KeyPtr read_key(const std::string& path) {
    const FilePtr file(std::fopen(path.c_str(), "r"));
    require(file != nullptr, "cannot open " + path);
    KeyPtr key(PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr));
    require(key != nullptr, "no private key in " + path);
    return key;
}

struct Server {
    std::string certificate, key, trust, host;
};

struct HandshakeCost {
    double client_ms = 0, server_ms = 0;
};

CtxPtr server_context(const Server& server) {
    CtxPtr context(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
    SSL_CTX_set_num_tickets(context.get(), 0);
    require(SSL_CTX_use_certificate_chain_file(context.get(), server.certificate.c_str()) == 1, server.certificate);
    require(SSL_CTX_use_PrivateKey_file(context.get(), server.key.c_str(), SSL_FILETYPE_PEM) == 1, server.key);
    return context;
}

CtxPtr client_context(const Server& server) {
    CtxPtr context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
    require(SSL_CTX_load_verify_file(context.get(), server.trust.c_str()) == 1, server.trust);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.get()), X509_V_FLAG_PARTIAL_CHAIN);
    return context;
}

/// One full handshake over a memory BIO pair; each side's CPU time is summed over its own calls.
HandshakeCost handshake(SSL_CTX* server_ctx, SSL_CTX* client_ctx, const std::string& host) {
    HandshakeCost cost;
    double begin = cpu_now_ms();
    const SslPtr server(SSL_new(server_ctx));
    SSL_set_accept_state(server.get());
    cost.server_ms += cpu_now_ms() - begin;
    begin = cpu_now_ms();
    const SslPtr client(SSL_new(client_ctx));
    SSL_set_connect_state(client.get());
    SSL_ctrl(client.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str()));
    SSL_set1_host(client.get(), host.c_str());
    cost.client_ms += cpu_now_ms() - begin;
    BIO *left = nullptr, *right = nullptr;
    require(BIO_new_bio_pair(&left, 65536, &right, 65536) == 1, "BIO pair");
    SSL_set_bio(client.get(), left, left);
    SSL_set_bio(server.get(), right, right);
    for (int round = 0; round < 10; ++round) {
        begin = cpu_now_ms();
        const int client_done = SSL_do_handshake(client.get());
        const double middle = cpu_now_ms();
        const int server_done = SSL_do_handshake(server.get());
        cost.server_ms += cpu_now_ms() - middle;
        cost.client_ms += middle - begin;
        if (client_done == 1 && server_done == 1) return cost;
        require(client_done == 1 || SSL_get_error(client.get(), client_done) == SSL_ERROR_WANT_READ, "client " + host);
        require(server_done == 1 || SSL_get_error(server.get(), server_done) == SSL_ERROR_WANT_READ, "server " + host);
    }
    throw std::runtime_error("handshake with " + host + " does not end");
}

HandshakeCost handshake_cost(const Server& server, int rounds) {
    const CtxPtr server_ctx = server_context(server);
    const CtxPtr client_ctx = client_context(server);
    std::vector<double> client, server_side;
    for (int round = 0; round < rounds; ++round) {
        const HandshakeCost cost = handshake(server_ctx.get(), client_ctx.get(), server.host);
        client.push_back(cost.client_ms);
        server_side.push_back(cost.server_ms);
    }
    return {median(client), median(server_side)};
}

template <class Operation>
double cost_of(int rounds, const Operation& operation) {
    std::vector<double> samples;
    for (int round = 0; round < rounds; ++round) {
        const double begin = cpu_now_ms();
        operation();
        samples.push_back(cpu_now_ms() - begin);
    }
    return median(samples);
}

struct Issuing {
    double csr_verify_ms = 0, ca_sign_ms = 0, chain_check_ms = 0;
};

ReqPtr make_request(EVP_PKEY* key) {
    ReqPtr request(X509_REQ_new());
    const unsigned char name[] = "SEP74A02FC0A675";
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_ASC, name, -1, -1, 0);
    require(X509_REQ_set_pubkey(request.get(), key) == 1, "CSR key");
    require(X509_REQ_sign(request.get(), key, EVP_sha256()) > 0, "CSR signature");
    return request;
}

X509Ptr make_certificate(X509* ca, EVP_PKEY* key) {
    X509Ptr certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 4711);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86400);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(ca));
    const unsigned char name[] = "SEP74A02FC0A675";
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC, name, -1, -1, 0);
    require(X509_set_pubkey(certificate.get(), key) == 1, "certificate key");
    return certificate;
}

Issuing issuing_cost(const std::string& ca_certificate, const std::string& ca_key, int rounds) {
    const X509Ptr ca = read_certificate(ca_certificate);
    const KeyPtr signer = read_key(ca_key);
    const KeyPtr phone(EVP_RSA_gen(2048));
    const ReqPtr request = make_request(phone.get());
    const X509Ptr lsc = make_certificate(ca.get(), phone.get());
    const StorePtr store(X509_STORE_new());
    X509_STORE_add_cert(store.get(), ca.get());
    Issuing cost;
    cost.csr_verify_ms =
        cost_of(rounds, [&] { require(X509_REQ_verify(request.get(), phone.get()) == 1, "CSR does not verify"); });
    cost.ca_sign_ms =
        cost_of(rounds, [&] { require(X509_sign(lsc.get(), signer.get(), EVP_sha256()) > 0, "CA cannot sign"); });
    cost.chain_check_ms = cost_of(rounds, [&] {
        const StoreCtxPtr check(X509_STORE_CTX_new());
        X509_STORE_CTX_init(check.get(), store.get(), lsc.get(), nullptr);
        require(X509_verify_cert(check.get()) == 1, "LSC does not verify against " + ca_certificate);
    });
    return cost;
}

int usage() {
    std::fputs(
        "usage: crypto-floor --rounds N --capf CERT KEY TRUST HOST --ces CERT KEY TRUST HOST --iis CERT KEY TRUST "
        "HOST\n"
        "                    --ca CERT KEY\n"
        "Prints, as JSON, the median CPU milliseconds of each piece of cryptography one enrolment needs in the "
        "daemons.\n",
        stderr);
    return 2;
}

int run(int argc, char** argv) {
    std::map<std::string, std::vector<std::string>> options;
    std::string name;
    for (int index = 1; index < argc; ++index) {
        if (std::strncmp(argv[index], "--", 2) == 0) {
            name = argv[index];
        } else {
            options[name].push_back(argv[index]);
        }
    }
    for (const char* server : {"--capf", "--ces", "--iis"}) {
        if (options[server].size() != 4) return usage();
    }
    if (options["--ca"].size() != 2 || options["--rounds"].size() != 1) return usage();
    const int rounds = std::atoi(options["--rounds"][0].c_str());
    if (rounds < 1) return usage();
    const auto server = [&](const char* key) {
        const auto& words = options[key];
        return Server{words[0], words[1], words[2], words[3]};
    };
    const HandshakeCost phone = handshake_cost(server("--capf"), rounds);
    const HandshakeCost est = handshake_cost(server("--ces"), rounds);
    const HandshakeCost ca = handshake_cost(server("--iis"), rounds);
    const Issuing issuing = issuing_cost(options["--ca"][0], options["--ca"][1], rounds);
    const double total = phone.server_ms + est.client_ms + est.server_ms + ca.client_ms + ca.server_ms +
                         2 * issuing.csr_verify_ms + issuing.ca_sign_ms + issuing.chain_check_ms;
    std::printf(
        "{\"phone_to_capfd_server\":%.4f,\"capfd_to_cesd_client\":%.4f,\"capfd_to_cesd_server\":%.4f,"
        "\"cesd_to_ca_client\":%.4f,\"cesd_to_ca_server\":%.4f,\"csr_verify_twice\":%.4f,\"ca_signature\":%.4f,"
        "\"lsc_chain_check\":%.4f,\"total\":%.4f,\"rounds\":%d}\n",
        phone.server_ms, est.client_ms, est.server_ms, ca.client_ms, ca.server_ms, 2 * issuing.csr_verify_ms,
        issuing.ca_sign_ms, issuing.chain_check_ms, total, rounds);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "crypto-floor: %s\n", problem.what());
        return 1;
    }
}

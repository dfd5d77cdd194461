// SPDX-License-Identifier: Apache-2.0
// How many simpleenroll a second cesd answers when the CA costs no time: in process, with P-256 keys and TLS 1.2,
// client and server on one machine. Beside it the floor: the cryptography alone, of both sides, on all cores.
// docs/bench.md.
#include "ces/app.hpp"
#include "est_load.hpp"
#include "opencapf/base/bytes.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/est/codec.hpp"
#include "opencapf/x509/request.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <thread>

namespace opencapf::bench {
namespace {

using namespace ces;

/// A CA that issues at once.
class InstantCa final : public Upstream {
public:
    explicit InstantCa(std::shared_ptr<const test::Issued> root) : root_(std::move(root)) {}

    Task<Result<std::unique_ptr<UpstreamSession>>> open(UpstreamWork work) override {
        std::unique_ptr<UpstreamSession> session = std::make_unique<Session>(root_, work.request);
        co_return session;
    }
    Task<Result<std::vector<x509::Certificate>>> chain(EventRecorder record) override {
        (void)record;
        std::vector<x509::Certificate> certificates{root_->certificate};
        co_return certificates;
    }
    Task<Result<void>> probe() override { co_return Result<void>(); }
    Task<Checks> try_out(std::shared_ptr<const Policy>) override { co_return Checks(); }

private:
    class Session final : public UpstreamSession {
    public:
        Session(std::shared_ptr<const test::Issued> root, const EnrolRequest* request)
            : root_(std::move(root)), request_(request) {}
        Task<tl::expected<CaAnswer, SubmitFailure>> submit() override {
            CaAnswer answer;
            test::CertificateSpec spec;
            spec.common_name = request_->csr->common_name();
            answer.certificate =
                test::make_certificate(spec, request_->csr->public_key(), root_->key, &root_->certificate);
            co_return answer;
        }
        Task<Result<CaAnswer>> collect(std::uint64_t) override {
            co_return fail(Errc::not_found, "this CA keeps nothing");
        }

    private:
        std::shared_ptr<const test::Issued> root_;
        const EnrolRequest* request_;
    };
    std::shared_ptr<const test::Issued> root_;
};

struct Options {
    double seconds = 5;
    int clients = 8;
    bool durable = false;
};

void write_file(const std::string& path, const std::string& text) {
    write_file_atomically(path, text, 0600, Durability::survives_process);
}

Config make_config(const test::TempDir& dir, const test::Issued& root, const Options& options) {
    const auto server = test::issue({"localhost", "localhost"}, root);
    write_file(dir.file("server.pem"), server.certificate.pem() + root.certificate.pem());
    write_file(dir.file("server.key"), server.key.to_pem());
    write_file(dir.file("password"), "secret\n");
    std::filesystem::create_directory(dir.file("trust"));
    write_file(dir.file("trust/root.pem"), root.certificate.pem());
    Config config;
    config.listen.address = "127.0.0.1";
    config.listen.port = 0;
    config.metrics.enabled = false;
    config.log_level = log::Level::error;
    config.tls.certificate_file = dir.file("server.pem");
    config.tls.private_key = dir.file("server.key");
    config.ca.host = "localhost";
    config.ca.trust_directory = dir.file("trust");
    config.user = "LAB\\ra";
    config.password = dir.file("password");
    config.logs.ciscora = dir.file("ciscora.log");
    config.logs.error_log = dir.file("error.log");
    config.est.limits.max_requests_per_connection = 1'000'000;
    if (options.durable) config.state_database = dir.file("state.sqlite");
    return config;
}

/// Requests that differ, for the same one twice would be answered from what is on record.
std::vector<std::string> make_requests(std::size_t count) {
    std::vector<std::string> bodies;
    bodies.reserve(count);
    const auto key = x509::PrivateKey::generate_ec("P-256");
    for (std::size_t i = 0; i < count; ++i) {
        const auto csr = x509::make_request({{"CN", fmt::format("SEP{:012X}", i)}}, key);
        bodies.push_back(est::encode_body(csr.der()));
    }
    return bodies;
}

std::string run(const Options& options) {
    const test::TempDir dir;
    const auto root = std::make_shared<const test::Issued>(test::make_root("bench root"));
    UpstreamMaker maker = [root](net::Loop&, Shared&, std::shared_ptr<const Ca>) -> std::shared_ptr<Upstream> {
        return std::make_shared<InstantCa>(root);
    };
    App app(make_config(dir, *root, options), std::chrono::system_clock::now, std::move(maker));
    app.start();
    Load load;
    load.port = app.port();
    load.clients = options.clients;
    load.seconds = options.seconds;
    load.authorization = "Basic " + to_base64(as_bytes(std::string_view("LAB\\phone:secret")));
    load.bodies = make_requests(static_cast<std::size_t>(options.seconds * 12'000));
    const auto fresh = run_load(load, Connections::one_per_request);
    const auto kept = run_load(load, Connections::kept);
    app.stop();
    const double cores = std::max(1U, std::thread::hardware_concurrency());
    const auto floor = measure_floor();
    const auto line = [&](const char* name, const LoadResult& result, double floor_ms) {
        const double most = cores * 1000.0 / floor_ms;
        return fmt::format(
            R"("{}":{{"per_s":{:.0f},"failed":{},"floor_cpu_ms":{:.3f},"floor_per_s":{:.0f},"of_floor":{:.2f}}})", name,
            result.per_second, result.failed, floor_ms, most, result.per_second / most);
    };
    return fmt::format(R"({{"cores":{:.0f},"durable":{},{},{}}})", cores, options.durable,
                       line("new_connections", fresh, floor.handshake_ms + floor.enrolment_ms),
                       line("kept_alive", kept, floor.enrolment_ms));
}

}  // namespace
}  // namespace opencapf::bench

int main(int argc, char** argv) {
    opencapf::bench::Options options;
    CLI::App cli("simpleenroll a second of cesd with a CA that costs no time", "est-bench");
    cli.add_option("--seconds", options.seconds, "length of each of the two runs")->check(CLI::Range(0.2, 600.0));
    cli.add_option("--clients", options.clients, "client threads")->check(CLI::Range(1, 256));
    cli.add_flag("--durable", options.durable, "keep pending requests on disk, as cesd does by default");
    CLI11_PARSE(cli, argc, argv);
    try {
        std::puts(opencapf::bench::run(options).c_str());
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "est-bench: %s\n", error.what());
        return 1;
    }
}

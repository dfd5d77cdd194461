// SPDX-License-Identifier: Apache-2.0
#include "opencapf/log/operator_log.hpp"
#include "opencapf/metrics/common.hpp"
#include "opencapf/metrics/upstream.hpp"
#include "support/metrics_text.hpp"

#include <ctime>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <thread>

namespace opencapf::metrics {
namespace {

using test::value_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<Family> table() {
    return {
        {.name = "lab_requests_total",
         .type = Type::counter,
         .labels = {{"operation", {"install", "remove"}}, {"result", {"good", "bad", "ugly"}}},
         .help = "Requests."},
        {.name = "lab_temperature", .help = "Something that goes up and down."},
        {.name = "lab_wait_seconds",
         .type = Type::histogram,
         .unit = "seconds",
         .labels = {{"phase", {"first", "second"}}},
         .help = "How long.",
         .buckets = {0.1, 1, 10}},
    };
}

TEST(MetricsRegistry, ShowsEverySeriesFromTheStart) {
    const Registry registry(table());
    const std::string text = registry.text();
    EXPECT_THAT(text, HasSubstr("# HELP lab_requests_total Requests.\n# TYPE lab_requests_total counter\n"));
    EXPECT_THAT(text, HasSubstr("# TYPE lab_wait_seconds histogram\n"));
    for (const auto* operation : {"install", "remove"})
        for (const auto* result : {"good", "bad", "ugly"})
            EXPECT_EQ(0, value_of(text, std::string("lab_requests_total{operation=\"") + operation + "\",result=\"" +
                                            result + "\"}"));
    EXPECT_EQ(0, value_of(text, "lab_wait_seconds_count{phase=\"second\"}"));
}

TEST(MetricsRegistry, CountsWhereTheHandlePoints) {
    const Registry registry(table());
    const auto requests = registry.counters("lab_requests_total");
    requests.at(1, 2).increment();
    requests.at(1, 2).increment(2);
    requests.at(0, 0).increment();
    registry.gauge("lab_temperature").set(20);
    registry.gauge("lab_temperature").add(-1.5);
    const std::string text = registry.text();
    EXPECT_EQ(3, value_of(text, R"(lab_requests_total{operation="remove",result="ugly"})"));
    EXPECT_EQ(1, value_of(text, R"(lab_requests_total{operation="install",result="good"})"));
    EXPECT_EQ(0, value_of(text, R"(lab_requests_total{operation="install",result="ugly"})"));
    EXPECT_EQ(18.5, value_of(text, "lab_temperature"));
}

TEST(MetricsRegistry, HistogramsCountSecondsUpToTheirBounds) {
    const Registry registry(table());
    const auto waits = registry.histograms("lab_wait_seconds");
    for (const int milliseconds : {50, 500, 5'000, 50'000})
        waits.at(1).observe(std::chrono::milliseconds(milliseconds));
    const std::string text = registry.text();
    EXPECT_EQ(1, value_of(text, R"(lab_wait_seconds_bucket{phase="second",le="0.1"})"));
    EXPECT_EQ(2, value_of(text, R"(lab_wait_seconds_bucket{phase="second",le="1"})"));
    EXPECT_EQ(3, value_of(text, R"(lab_wait_seconds_bucket{phase="second",le="10"})"));
    EXPECT_EQ(4, value_of(text, R"(lab_wait_seconds_bucket{phase="second",le="+Inf"})"));
    EXPECT_EQ(4, value_of(text, R"(lab_wait_seconds_count{phase="second"})"));
    EXPECT_DOUBLE_EQ(55.55, value_of(text, R"(lab_wait_seconds_sum{phase="second"})"));
    EXPECT_EQ(0, value_of(text, R"(lab_wait_seconds_count{phase="first"})"));
}

TEST(MetricsRegistry, CountsFromManyThreads) {
    const Registry registry(table());
    const auto series = registry.counters("lab_requests_total");
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([series] {
            for (int n = 0; n < 10'000; ++n) series.at(0, 1).increment();
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(40'000, value_of(registry.text(), R"(lab_requests_total{operation="install",result="bad"})"));
}

TEST(MetricsRegistry, ATotalThatIsCountedElsewhereNeverFalls) {
    const Registry registry(table());
    const auto counter = registry.counters("lab_requests_total").at(0, 0);
    const std::string series = R"(lab_requests_total{operation="install",result="good"})";
    counter.advance_to(10);
    EXPECT_EQ(10, value_of(registry.text(), series));
    counter.advance_to(7);
    EXPECT_EQ(10, value_of(registry.text(), series));
    counter.advance_to(12);
    EXPECT_EQ(12, value_of(registry.text(), series));
}

TEST(MetricsRegistry, AnIndexOutsideOfTheTableHarmsNobody) {
    const Registry registry(table());
    const std::string before = registry.text();
    registry.counters("lab_requests_total").at(2, 0).increment();
    registry.counters("lab_requests_total").at(0, 3).increment();
    registry.histograms("lab_wait_seconds").at(7).observe(std::chrono::seconds(1));
    Gauge().set(1);
    EXPECT_EQ(before, registry.text());
}

TEST(MetricsRegistry, RefusesNamesAndTypesThatAreNotInTheTable) {
    const Registry registry(table());
    EXPECT_THROW((void)registry.counter("lab_unknown_total"), std::logic_error);
    EXPECT_THROW((void)registry.gauge("lab_requests_total"), std::logic_error);
    auto twice = table();
    twice.push_back(twice.front());
    EXPECT_THROW(Registry{twice}, std::logic_error);
}

TEST(MetricsTable, NamesWhatIsWrong) {
    const auto problem = [](Family family) {
        const auto problems = problems_of({std::move(family)});
        return problems.size() == 1 ? problems.front() : std::to_string(problems.size()) + " problems";
    };
    EXPECT_THAT(problems_of(table()), IsEmpty());
    EXPECT_THAT(problem({.name = "bad-name", .help = "x."}), HasSubstr("no name"));
    EXPECT_THAT(problem({.name = "lab_jobs", .type = Type::counter, .help = "x."}), HasSubstr("_total"));
    EXPECT_THAT(problem({.name = "lab_jobs_total", .help = "x."}), HasSubstr("_total"));
    EXPECT_THAT(problem({.name = "lab_wait", .unit = "seconds", .help = "x."}), HasSubstr("seconds"));
    EXPECT_THAT(problem({.name = "lab_jobs"}), HasSubstr("help"));
    EXPECT_THAT(problem({.name = "lab_wait", .type = Type::histogram, .help = "x."}), HasSubstr("buckets"));
    EXPECT_THAT(problem({.name = "lab_wait", .type = Type::histogram, .help = "x.", .buckets = {2, 1}}),
                HasSubstr("buckets"));
    EXPECT_THAT(problem({.name = "lab_jobs", .labels = {{"le", {"x"}}}, .help = "x."}), HasSubstr("le"));
    EXPECT_THAT(problem({.name = "lab_jobs", .labels = {{"kind", {}}}, .help = "x."}), HasSubstr("values"));
    EXPECT_THAT(problem({.name = "lab_jobs", .labels = {{"kind", {"a", "a"}}}, .help = "x."}), HasSubstr("values"));
    const std::vector<std::string> many = [] {
        std::vector<std::string> values;
        for (int i = 0; i < 30; ++i) values.push_back(std::to_string(i));
        return values;
    }();
    EXPECT_THAT(problem({.name = "lab_jobs", .labels = {{"a", many}, {"b", many}}, .help = "x."}), HasSubstr("900"));
}

TEST(MetricsTable, DescribesItselfAsJson) {
    const auto described = nlohmann::json::parse(describe(table()));
    ASSERT_EQ(3U, described.size());
    EXPECT_EQ("lab_requests_total", described[0]["name"]);
    EXPECT_EQ("counter", described[0]["type"]);
    EXPECT_EQ("result", described[0]["labels"][1]);
    EXPECT_EQ("ugly", described[0]["label_values"]["result"][2]);
    EXPECT_EQ("seconds", described[2]["unit"]);
    EXPECT_EQ("How long.", described[2]["help"]);
}

TEST(MetricsCommon, TellsWhatTheProcessUses) {
    auto families = common_families("ca_simd");
    families.push_back(database_queue_family("ca_simd"));
    EXPECT_THAT(problems_of(families), IsEmpty());
    const Registry registry(families);
    const ProcessMetrics process(registry);
    process.update();
    const std::string text = registry.text();
    EXPECT_EQ(1, value_of(text, "opencapf_build_info{program=\"ca-simd\",version=\"" OPENCAPF_VERSION "\"}"));
    EXPECT_GT(value_of(text, "process_resident_memory_bytes"), 1'000'000);
    EXPECT_GT(value_of(text, "process_virtual_memory_bytes"), value_of(text, "process_resident_memory_bytes"));
    EXPECT_GE(value_of(text, "process_open_fds"), 3);
    EXPECT_GE(value_of(text, "process_max_fds"), value_of(text, "process_open_fds"));
    EXPECT_EQ(1, value_of(text, R"(opencapf_log_level{level="info"})"));
    log::set_level(log::Level::warning);
    process.update();
    log::set_level(log::Level::info);
    EXPECT_EQ(0, value_of(registry.text(), R"(opencapf_log_level{level="info"})"));
    EXPECT_EQ(1, value_of(registry.text(), R"(opencapf_log_level{level="warning"})"));
    const auto now = static_cast<double>(std::time(nullptr));
    EXPECT_NEAR(now, value_of(text, "process_start_time_seconds"), 600);
    const double before = value_of(text, "process_cpu_seconds_total");
    while (value_of(registry.text(), "process_cpu_seconds_total") <= before) process.update();  // burns what it counts
    EXPECT_LT(value_of(registry.text(), "process_cpu_seconds_total"), 600);
}

TEST(MetricsCommon, CountsConnectionsThatBecameNoSession) {
    const Registry registry(common_families("capfd"));
    const SessionMetrics sessions(registry, "capfd");
    std::string told;
    net::ListenerEvents events;
    events.handshake_failed = [&told](const net::Endpoint&, const Error& error) { told = error.message; };
    const auto counted = sessions.counted(std::move(events));
    counted.handshake_failed({}, Error{Errc::tls, "no TLS"});
    counted.handshake_failed({}, Error{Errc::tls, "no TLS again"});
    counted.refused_too_many({});
    counted.session_failed({}, "a bug");
    sessions.session_started();
    sessions.sessions(7);
    const std::string text = registry.text();
    EXPECT_EQ("no TLS again", told);
    EXPECT_EQ(2, value_of(text, "capfd_handshake_failures_total"));
    EXPECT_EQ(1, value_of(text, "capfd_connections_refused_total"));
    EXPECT_EQ(1, value_of(text, "capfd_session_defects_total"));
    EXPECT_EQ(1, value_of(text, "capfd_sessions_total"));
    EXPECT_EQ(7, value_of(text, "capfd_sessions_active"));
}

TEST(MetricsUpstream, AsksOnlyWhenWorkHasToldNothingForAWhile) {
    using std::chrono::seconds;
    const Registry registry(
        {{.name = "lab_ca_up", .help = "x."}, {.name = "lab_ca_time_seconds", .unit = "seconds", .help = "x."}});
    Upstream ca(registry.gauge("lab_ca_up"), registry.gauge("lab_ca_time_seconds"));
    const auto later = [](int s) { return std::chrono::steady_clock::now() + seconds(s); };
    EXPECT_FALSE(ca.good());
    EXPECT_TRUE(ca.due());
    ca.report(true);
    EXPECT_EQ(true, ca.good());
    EXPECT_FALSE(ca.due(later(29)));
    EXPECT_TRUE(ca.due(later(31)));
    EXPECT_EQ(1, value_of(registry.text(), "lab_ca_up"));
    EXPECT_NEAR(static_cast<double>(std::time(nullptr)), value_of(registry.text(), "lab_ca_time_seconds"), 60);
    ca.report(false);
    EXPECT_EQ(false, ca.good());
    EXPECT_FALSE(ca.due(later(4)));
    EXPECT_TRUE(ca.due(later(6)));
    EXPECT_EQ(0, value_of(registry.text(), "lab_ca_up"));
    EXPECT_GT(value_of(registry.text(), "lab_ca_time_seconds"), 0) << "the last success stays";
}

}  // namespace
}  // namespace opencapf::metrics

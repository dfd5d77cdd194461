// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/metrics/family.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace opencapf::metrics {

using Seconds = std::chrono::duration<double>;

// Handles of single series: copied freely, updated from any thread, valid as long as their registry. A default one
// counts nothing, so that parts of a daemon can be tested without metrics.

class Counter {
public:
    using Native = prometheus::Counter;
    Counter() = default;
    explicit Counter(Native* native) : native_(native) {}
    void increment(double by = 1) const;
    /// For totals that something else counts; a smaller `total` changes nothing. One caller at a time.
    void advance_to(double total) const;

private:
    Native* native_ = nullptr;
};

class Gauge {
public:
    using Native = prometheus::Gauge;
    Gauge() = default;
    explicit Gauge(Native* native) : native_(native) {}
    void set(double value) const;
    void add(double by) const;
    /// Unix time, now.
    void set_to_now() const;

private:
    Native* native_ = nullptr;
};

class Histogram {
public:
    using Native = prometheus::Histogram;
    Histogram() = default;
    explicit Histogram(Native* native) : native_(native) {}
    void observe(Seconds value) const;

private:
    Native* native_ = nullptr;
};

/// All series of a family, by the indices of its labels' values in the order of the table. An index outside of the
/// table gives a handle that counts nothing: a defect of ours must not end a session.
template <class Metric>
class Series {
public:
    Series() = default;
    Series(std::vector<Metric> metrics, std::size_t rows, std::size_t columns)
        : metrics_(std::move(metrics)), rows_(rows), columns_(columns) {}
    [[nodiscard]] Metric at(std::size_t row, std::size_t column = 0) const {
        return row < rows_ && column < columns_ ? metrics_[row * columns_ + column] : Metric();
    }

private:
    std::vector<Metric> metrics_;
    std::size_t rows_ = 0, columns_ = 0;
};

/// A running program's metrics: all series of its table exist from the start, at 0. Built on prometheus-cpp, whose
/// headers stay in registry.cpp. Thread-safe.
class Registry {
public:
    /// Throws std::logic_error with the problems of the table.
    explicit Registry(std::vector<Family> families);
    ~Registry();

    // Each throws std::logic_error when the table has no such family of that type.
    [[nodiscard]] Counter counter(std::string_view name) const { return counters(name).at(0); }
    [[nodiscard]] Gauge gauge(std::string_view name) const { return gauges(name).at(0); }
    [[nodiscard]] Histogram histogram(std::string_view name) const { return histograms(name).at(0); }
    [[nodiscard]] Series<Counter> counters(std::string_view name) const;
    [[nodiscard]] Series<Gauge> gauges(std::string_view name) const;
    [[nodiscard]] Series<Histogram> histograms(std::string_view name) const;

    [[nodiscard]] const std::vector<Family>& families() const noexcept;
    /// Prometheus' text format 0.0.4 of everything as it stands, in the order of the table.
    [[nodiscard]] std::string text() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// One more, as long as it lives.
class Presence {
public:
    explicit Presence(Gauge gauge) : gauge_(gauge) { gauge_.add(1); }
    ~Presence() { gauge_.add(-1); }
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;

private:
    Gauge gauge_;
};

/// Measures one phase after the other.
class Stopwatch {
public:
    /// Time since the last lap, or since the start.
    Seconds lap() {
        const auto now = Clock::now();
        const Seconds passed = now - last_;
        last_ = now;
        return passed;
    }
    [[nodiscard]] Seconds total() const { return Clock::now() - start_; }

private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point start_ = Clock::now();
    Clock::time_point last_ = start_;
};

}  // namespace opencapf::metrics

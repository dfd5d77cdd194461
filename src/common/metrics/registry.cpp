// SPDX-License-Identifier: Apache-2.0
#include "opencapf/metrics/registry.hpp"

#include <algorithm>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/text_serializer.h>
#include <sstream>
#include <stdexcept>

namespace opencapf::metrics {
namespace {

prometheus::MetricType native_type(Type type) {
    switch (type) {
        case Type::counter:
            return prometheus::MetricType::Counter;
        case Type::gauge:
            return prometheus::MetricType::Gauge;
        case Type::histogram:
            break;
    }
    return prometheus::MetricType::Histogram;
}

std::size_t values_of(const Family& family, std::size_t label) {
    return label < family.labels.size() ? family.labels[label].values.size() : 1;
}

}  // namespace

void Counter::increment(double by) const {
    if (native_ != nullptr) native_->Increment(by);
}

void Counter::advance_to(double total) const {
    if (native_ != nullptr) native_->Increment(std::max(0.0, total - native_->Value()));
}

void Gauge::set(double value) const {
    if (native_ != nullptr) native_->Set(value);
}

void Gauge::add(double by) const {
    if (native_ != nullptr) native_->Increment(by);
}

void Gauge::set_to_now() const {
    if (native_ != nullptr) native_->SetToCurrentTime();
}

void Histogram::observe(Seconds value) const {
    if (native_ != nullptr) native_->Observe(value.count());
}

struct Registry::Impl {
    /// A family with its series, row by row; only the vector of its type is filled.
    struct Entry {
        std::size_t rows = 1, columns = 1;
        std::vector<std::vector<prometheus::ClientMetric::Label>> labels;
        std::vector<std::unique_ptr<prometheus::Counter>> counters;
        std::vector<std::unique_ptr<prometheus::Gauge>> gauges;
        std::vector<std::unique_ptr<prometheus::Histogram>> histograms;
    };

    explicit Impl(std::vector<Family> table) : families(std::move(table)) {
        if (const auto problems = problems_of(families); !problems.empty()) {
            std::string message = "the table of metrics is wrong";
            for (const auto& problem : problems) message += "\n" + problem;
            throw std::logic_error(message);
        }
        for (const auto& family : families) entries.push_back(make(family));
    }

    static Entry make(const Family& family) {
        Entry entry;
        entry.rows = values_of(family, 0);
        entry.columns = values_of(family, 1);
        for (std::size_t i = 0; i < entry.rows * entry.columns; ++i) {
            std::vector<prometheus::ClientMetric::Label> labels;
            const std::size_t at[] = {i / entry.columns, i % entry.columns};
            for (std::size_t label = 0; label < family.labels.size(); ++label)
                labels.push_back({family.labels[label].name, family.labels[label].values[at[label]]});
            entry.labels.push_back(std::move(labels));
            if (family.type == Type::counter) entry.counters.push_back(std::make_unique<prometheus::Counter>());
            if (family.type == Type::gauge) entry.gauges.push_back(std::make_unique<prometheus::Gauge>());
            if (family.type == Type::histogram)
                entry.histograms.push_back(std::make_unique<prometheus::Histogram>(family.buckets));
        }
        return entry;
    }

    const Entry& find(std::string_view name, Type type) const {
        for (std::size_t i = 0; i < families.size(); ++i)
            if (families[i].name == name && families[i].type == type) return entries[i];
        throw std::logic_error("the table has no " + std::string(to_string(type)) + " " + std::string(name));
    }

    template <class Metric, class Native>
    static Series<Metric> series(const Entry& entry, const std::vector<std::unique_ptr<Native>>& natives) {
        std::vector<Metric> metrics;
        for (const auto& native : natives) metrics.emplace_back(native.get());
        return Series<Metric>(std::move(metrics), entry.rows, entry.columns);
    }

    template <class Native>
    static void collect(const Entry& entry, const std::vector<std::unique_ptr<Native>>& natives,
                        prometheus::MetricFamily& family) {
        for (std::size_t i = 0; i < natives.size(); ++i) {
            family.metric.push_back(natives[i]->Collect());
            family.metric.back().label = entry.labels[i];
        }
    }

    const std::vector<Family> families;
    std::vector<Entry> entries;  // one for each family
};

Registry::Registry(std::vector<Family> families) : impl_(std::make_unique<Impl>(std::move(families))) {}
Registry::~Registry() = default;

Series<Counter> Registry::counters(std::string_view name) const {
    const auto& entry = impl_->find(name, Type::counter);
    return Impl::series<Counter>(entry, entry.counters);
}

Series<Gauge> Registry::gauges(std::string_view name) const {
    const auto& entry = impl_->find(name, Type::gauge);
    return Impl::series<Gauge>(entry, entry.gauges);
}

Series<Histogram> Registry::histograms(std::string_view name) const {
    const auto& entry = impl_->find(name, Type::histogram);
    return Impl::series<Histogram>(entry, entry.histograms);
}

const std::vector<Family>& Registry::families() const noexcept { return impl_->families; }

std::string Registry::text() const {
    std::vector<prometheus::MetricFamily> list;
    for (std::size_t i = 0; i < impl_->families.size(); ++i) {
        const auto& family = impl_->families[i];
        const auto& entry = impl_->entries[i];
        prometheus::MetricFamily native;
        native.name = family.name;
        native.help = family.help;
        native.type = native_type(family.type);
        Impl::collect(entry, entry.counters, native);
        Impl::collect(entry, entry.gauges, native);
        Impl::collect(entry, entry.histograms, native);
        list.push_back(std::move(native));
    }
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, list);
    return std::move(out).str();
}

}  // namespace opencapf::metrics

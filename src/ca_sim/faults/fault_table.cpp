// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/faults/fault_table.hpp"

#include <algorithm>
#include <stdexcept>

namespace opencapf::ca_sim {
namespace {

/// Kinds of which one request can show one only.
bool exclude_each_other(FaultKind a, FaultKind b) noexcept {
    if (a == b) return a != FaultKind::template_missing;  // each may name another template
    const auto ends = [](FaultKind kind) { return kind == FaultKind::close || kind == FaultKind::reset; };
    const auto decides = [](FaultKind kind) { return kind == FaultKind::pending || kind == FaultKind::denied; };
    return (is_tls(a) && is_tls(b)) || (is_refusal(a) && is_refusal(b)) || (ends(a) && ends(b)) ||
           (decides(a) && decides(b));
}

/// Kinds that change a page, which a refusal leaves none of.
bool needs_page(FaultKind kind) noexcept { return kind >= FaultKind::template_missing; }

}  // namespace

const FaultSpec* MetFaults::find(FaultKind kind) const noexcept {
    for (const Met& met : list_) {
        if (met.spec.kind == kind) return &met.spec;
    }
    return nullptr;
}

const FaultSpec* MetFaults::refusal() const noexcept {
    for (const Met& met : list_) {
        if (is_refusal(met.spec.kind)) return &met.spec;
    }
    return nullptr;
}

std::optional<std::uint32_t> FaultTable::Entry::left() const noexcept {
    if (spec.count == 0) return std::nullopt;
    return static_cast<std::uint32_t>(spec.count - applied);  // never applied more often than asked for
}

FaultTable::Row FaultTable::make_row(PreparedFault fault, std::uint64_t id, bool configured) {
    auto pattern = UrlPattern::parse(fault.spec.url);
    if (!pattern) throw std::logic_error("a fault that nobody checked: " + pattern.error().message);
    return {{id, std::move(fault.spec), configured, 0}, std::move(*pattern), std::move(fault.tls)};
}

Result<FaultTable::Entry> FaultTable::add(PreparedFault fault) {
    if (auto good = check_fault(fault.spec); !good) return fail(good.error());
    const std::lock_guard lock(mutex_);
    if (rows_.size() >= ca_faults::kMaxFaults) {
        const auto spent = std::find_if(rows_.begin(), rows_.end(), [](const Row& row) { return row.entry.spent(); });
        if (spent == rows_.end())
            return fail(Errc::conflict, "there are " + std::to_string(rows_.size()) + " faults already; clear some");
        rows_.erase(spent);
    }
    rows_.push_back(make_row(std::move(fault), ++last_id_, false));
    empty_ = false;
    return rows_.back().entry;
}

void FaultTable::replace_configured(std::vector<PreparedFault> faults) {
    const std::lock_guard lock(mutex_);
    std::vector<Row> rows;
    for (PreparedFault& fault : faults) rows.push_back(make_row(std::move(fault), ++last_id_, true));
    for (Row& row : rows_) {
        if (!row.entry.configured) rows.push_back(std::move(row));
    }
    rows_ = std::move(rows);
    empty_ = rows_.empty();
}

std::vector<FaultTable::Entry> FaultTable::list() const {
    const std::lock_guard lock(mutex_);
    std::vector<Entry> entries;
    for (const Row& row : rows_) entries.push_back(row.entry);
    return entries;
}

template <class Unwanted>
std::size_t FaultTable::erase(const Unwanted& unwanted) {
    const std::lock_guard lock(mutex_);
    const std::size_t count = std::erase_if(rows_, unwanted);
    empty_ = rows_.empty();
    return count;
}

std::size_t FaultTable::clear(std::uint64_t id) {
    return erase([id](const Row& row) { return row.entry.id == id; });
}

std::size_t FaultTable::clear(FaultKind kind) {
    return erase([kind](const Row& row) { return row.entry.spec.kind == kind; });
}

std::size_t FaultTable::clear() {
    return erase([](const Row&) { return true; });
}

MetFaults FaultTable::take(FaultPhase phase, std::string_view path, std::string_view query) {
    MetFaults met;
    if (empty_) return met;
    const std::string normal = normal_url_path(path);
    const bool connecting = phase == FaultPhase::connect;
    const std::lock_guard lock(mutex_);
    std::vector<Row*> found;
    for (Row& row : rows_) {
        const FaultSpec& spec = row.entry.spec;
        if (row.entry.spent() || !fits(spec.kind, spec.phase, phase)) continue;
        if (!connecting && !(concerns(spec.kind, normal) && row.pattern.matches(normal, query))) continue;
        if (std::any_of(found.begin(), found.end(),
                        [&](const Row* other) { return exclude_each_other(other->entry.spec.kind, spec.kind); }))
            continue;
        found.push_back(&row);
    }
    if (std::any_of(found.begin(), found.end(), [](const Row* row) { return is_refusal(row->entry.spec.kind); }))
        std::erase_if(found, [](const Row* row) { return needs_page(row->entry.spec.kind); });
    for (Row* row : found) {
        ++row->entry.applied;
        met.add({row->entry.id, row->entry.spec, row->entry.left(), row->tls});
    }
    return met;
}

}  // namespace opencapf::ca_sim

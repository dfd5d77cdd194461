// SPDX-License-Identifier: Apache-2.0
#include "capf/renewal/monitor.hpp"

#include "capf/service.hpp"
#include "opencapf/log/operator_log.hpp"

namespace opencapf::capf::renewal {
namespace {

constexpr std::size_t kPage = 500;           // rows in one job: a session's commit waits no longer than that
constexpr std::size_t kLines = 20;           // of one kind in one round in the operator's log; the trace has all
constexpr net::Duration kFullPause{10'000};  // before the next round while renewals wait for a place

// The first few of a kind, and how many more there were.
class Lines {
public:
    explicit Lines(std::string what) : what_(std::move(what)) {}
    void warn(const std::string& line) {
        if (++count_ <= kLines) log::warn(line);
    }
    void info(const std::string& line) {
        if (++count_ <= kLines) log::info(line);
    }
    ~Lines() {
        if (count_ > kLines) log::warn(std::to_string(count_ - kLines) + " more: " + what_);
    }
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;

private:
    const std::string what_;
    std::size_t count_ = 0;
};

WallTime wall(std::int64_t seconds) { return std::chrono::system_clock::from_time_t(seconds); }

std::int64_t patient_since(WallTime now, const Settings& settings) { return unix_seconds(now - settings.patience); }

}  // namespace

Monitor::Monitor(Service& service, net::Loop& loop)
    : service_(service),
      store_(service.database),
      alarm_store_(service.database),
      periodic_(loop, "renewal", [this] { return round(); }) {}

Task<net::Duration> Monitor::round() {
    const auto config = service_.config();
    const Settings& settings = config->renewal;
    const WallTime now = std::chrono::system_clock::now();
    bool full = false;
    // Each step by itself: an instance that was stopped in the middle may have lost the lead.
    if (service_.leads()) co_await sweep(now, settings);
    if (service_.leads()) co_await settle(now, settings);
    if (service_.leads() && settings.enabled) full = co_await arm(now, settings);
    if (service_.leads()) co_await alarms(now, settings);
    co_await show(now, settings);
    co_return full ? std::min(settings.interval, kFullPause) : settings.interval;
}

// What a phone gets that comes too late, for the one that does not come at all.
Task<> Monitor::sweep(WallTime now, const Settings& settings) {
    Lines lines("operations ended at their deadline");
    std::optional<std::string> after("");
    while (after) {
        const auto page = co_await store_.sweep(*after, now - settings.sweep_grace, kPage);
        for (const auto& late : page.found) {
            service_.trace.emit(event::OperationEnded{late.device, late.operation, OperationResult::late, late.status,
                                                      Operation::none});
            service_.metrics.renewal.swept.increment();
            lines.info(late.device + ": no phone came before the operation's deadline");
        }
        after = page.next;
    }
}

Task<> Monitor::settle(WallTime now, const Settings& settings) {
    Lines lines("renewals failed");
    std::optional<std::string> after("");
    while (after) {
        const auto page = co_await store_.settle(*after, settings, unix_seconds(now), kPage);
        for (const auto& one : page.found) {
            service_.metrics.renewal.renewals.at(1 + static_cast<std::size_t>(one.kind)).increment();
            if (one.kind != Settled::Kind::failed) continue;
            service_.trace.emit(event::RenewalFailed{one.device, one.status, one.failures, wall(one.next_try)});
            lines.warn(one.device + ": renewal failed (" + std::string(status_text(one.status)) + "), " +
                       std::to_string(one.failures) + " in a row");
        }
        after = page.next;
    }
    co_await store_.forget_failures();
}

// True when more are due than may be armed at once. Those that failed less often come first, so that phones that are
// never there do not hold up the others; of these, those whose LSC ends first.
Task<bool> Monitor::arm(WallTime now, const Settings& settings) {
    const auto waiting = (co_await store_.figures(patient_since(now, settings))).patient;
    const std::size_t free = settings.max_armed > waiting ? settings.max_armed - waiting : 0;
    std::vector<Subject> due;
    bool full = false;
    Cursor after;
    for (bool last = false; !last;) {
        auto page = co_await store_.subjects(after, kPage);
        last = page.size() < kPage;
        if (!last) after = Cursor{page.back().valid_until, page.back().device};
        for (auto& subject : page)
            if (is_due(settings, subject, unix_seconds(now))) due.push_back(std::move(subject));
        full = keep_first(due, free) || full;
    }
    for (std::size_t at = 0; at < due.size() && service_.leads(); at += kPage) {
        const auto begin = due.begin() + static_cast<std::ptrdiff_t>(at);
        const auto count = static_cast<std::ptrdiff_t>(std::min(kPage, due.size() - at));
        std::vector<Subject> part(begin, begin + count);
        co_await arm_page(std::move(part), now, settings);
    }
    co_return full;
}

Task<> Monitor::arm_page(std::vector<Subject> subjects, WallTime now, const Settings& settings) {
    RenewalArming arming;
    arming.auth = settings.auth;
    arming.finish_by = finish_by(settings, now);
    arming.now = unix_seconds(now);
    std::map<std::string, std::int64_t> ends;
    for (const auto& subject : subjects) ends[subject.device] = subject.valid_until;
    const auto armed = co_await store_.arm(std::move(subjects), arming);
    for (const auto& device : armed) {
        service_.metrics.renewal.renewals.at(0).increment();
        service_.trace.emit(event::RenewalArmed{device, arming.finish_by, wall(ends[device])});
    }
}

Task<> Monitor::alarms(WallTime now, const Settings& settings) {
    const AlarmLimits limits{unix_seconds(now), std::int64_t{86'400} * settings.alarm_expiring_days,
                             settings.alarm_failures};
    for (const auto kind : kAlarmKinds) {
        const std::string text(alarm_text(kind));
        Lines lines("alarm " + text);
        for (std::size_t count = kPage; count == kPage;) {
            const auto cleared = co_await alarm_store_.clear(kind, limits, kPage);
            count = cleared.size();
            for (const auto& alarm : cleared) {
                service_.trace.emit(event::AlarmCleared{alarm.device, alarm_name(kind)});
                lines.info("alarm cleared: " + alarm.device + ": " + text);
            }
        }
        for (std::size_t count = kPage; count == kPage;) {
            const auto raised = co_await alarm_store_.raise(kind, limits, kPage);
            count = raised.size();
            for (const auto& alarm : raised) {
                service_.trace.emit(event::AlarmRaised{alarm.device, alarm_name(kind), alarm.detail});
                lines.warn("alarm: " + alarm.device + ": " + text + ", " + alarm.detail);
            }
        }
    }
    const std::int64_t keep = std::int64_t{86'400} * settings.alarm_keep_days;
    std::size_t forgotten = kPage;
    while (forgotten == kPage) forgotten = co_await alarm_store_.forget(unix_seconds(now) - keep, kPage);
}

Task<> Monitor::show(WallTime now, const Settings& settings) {
    Shown shown;
    shown.renewals = co_await store_.figures(patient_since(now, settings));
    shown.alarms = co_await alarm_store_.standing();
    shown.at = now;
    const auto& metrics = service_.metrics.renewal;
    for (std::size_t i = 0; i < shown.alarms.size(); ++i)
        metrics.alarms.at(i).set(static_cast<double>(shown.alarms.at(i)));
    metrics.armed.set(static_cast<double>(shown.renewals.armed));
    metrics.last_run.set(static_cast<double>(unix_seconds(now)));
    shown_.set(std::make_shared<const Shown>(shown));
}

std::vector<std::pair<std::string, std::string>> Monitor::facts() const {
    const auto shown = shown_.get();
    if (!shown) return {{"renewal", "not looked yet"}};
    std::string alarms;
    for (std::size_t i = 0; i < kAlarmKinds.size(); ++i)
        alarms += (i == 0 ? "" : ", ") + std::to_string(shown->alarms.at(i)) + ' ' +
                  std::string(alarm_text(kAlarmKinds.at(i)));
    return {
        {"renewal", std::string(service_.config()->renewal.enabled ? "on" : "off") + ", " +
                        std::to_string(shown->renewals.armed) + " armed, " + std::to_string(shown->renewals.failing) +
                        " failing, " + std::to_string(shown->renewals.excluded) + " excluded; looked " +
                        format_local(shown->at, "%Y-%m-%d %H:%M:%S")},
        {"alarms", alarms}};
}

}  // namespace opencapf::capf::renewal

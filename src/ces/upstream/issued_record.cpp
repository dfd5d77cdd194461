// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/issued_record.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"

namespace opencapf::ces {
namespace {

constexpr std::chrono::minutes kSaveEvery{10};
constexpr std::size_t kMaxEntries = 1000;  // reloads may name ever new templates

std::string join(const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& part : parts) text += (text.empty() ? "" : " ") + part;
    return text;
}

std::vector<std::string> words(const std::string& text) {
    return text.empty() ? std::vector<std::string>{} : split(text, ' ');
}

bool same(const x509::Usage& a, const x509::Usage& b) {
    return a.ca == b.ca && a.key_type == b.key_type && a.restricted == b.restricted && a.key_usages == b.key_usages &&
           a.purposes == b.purposes;
}

}  // namespace

void IssuedRecord::open(storage::Database* database) {
    if (database == nullptr) return;
    std::map<Key, Entry> found;
    const auto read = [&found](SQLite::Database& db) {
        SQLite::Statement rows(
            db, "SELECT Ca, Template, Serial, Issued, IsCa, KeyType, KeyUsages, Purposes FROM LastIssued LIMIT 1000");
        while (rows.executeStep()) {
            IssuedFacts facts;
            facts.serial = rows.getColumn(2).getString();
            facts.when = WallTime(std::chrono::seconds(rows.getColumn(3).getInt64()));
            facts.usage.ca = rows.getColumn(4).getInt() != 0;
            const int key = rows.getColumn(5).getInt();
            facts.usage.key_type = key == 0 ? x509::KeyType::rsa : key == 1 ? x509::KeyType::ec : x509::KeyType::other;
            facts.usage.restricted = !rows.getColumn(6).isNull();
            facts.usage.key_usages = words(rows.getColumn(6).getString());
            facts.usage.purposes = words(rows.getColumn(7).getString());
            const WallTime when = facts.when;
            found[{rows.getColumn(0).getString(), rows.getColumn(1).getString()}] = {std::move(facts), when};
        }
    };
    database->run_blocking(read);
    const std::lock_guard lock(mutex_);
    entries_ = std::move(found);
    database_ = database;
}

void IssuedRecord::note(const std::string& ca, const std::string& template_name, const x509::Certificate& certificate,
                        WallTime now) {
    IssuedFacts facts{certificate.serial_hex(), now, x509::usage_of(certificate)};
    const std::lock_guard lock(mutex_);
    const Key key{ca, template_name};
    const auto known = entries_.find(key);
    if (known == entries_.end() && entries_.size() >= kMaxEntries) return;
    const bool other = known == entries_.end() || !same(known->second.facts.usage, facts.usage);
    Entry& entry = entries_[key];
    entry.facts = std::move(facts);
    if (!other && now < entry.saved + kSaveEvery) return;
    entry.saved = now;
    save(key, entry.facts);
}

void IssuedRecord::save(const Key& key, const IssuedFacts& facts) {
    if (database_ == nullptr) return;
    auto write = [key, facts](SQLite::Database& db) {
        SQLite::Statement statement(db,
                                    "INSERT OR REPLACE INTO LastIssued (Ca, Template, Serial, Issued, IsCa, KeyType, "
                                    "KeyUsages, Purposes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
        statement.bind(1, key.first);
        statement.bind(2, key.second);
        statement.bind(3, facts.serial);
        statement.bind(4, unix_seconds(facts.when));
        statement.bind(5, facts.usage.ca ? 1 : 0);
        statement.bind(6, facts.usage.key_type == x509::KeyType::rsa  ? 0
                          : facts.usage.key_type == x509::KeyType::ec ? 1
                                                                      : 2);
        if (facts.usage.restricted)
            statement.bind(7, join(facts.usage.key_usages));
        else
            statement.bind(7);
        statement.bind(8, join(facts.usage.purposes));
        statement.exec();
    };
    auto done = [](const std::exception_ptr& failure) {
        // Only `doctor --live` reads it, and memory knows it.
        if (failure) log::error("the key usages of the last certificate could not be written to the database");
    };
    database_->enqueue(std::move(write), std::move(done));
}

std::optional<IssuedFacts> IssuedRecord::last(const std::string& ca, const std::string& template_name) const {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find({ca, template_name});
    if (found == entries_.end()) return std::nullopt;
    return found->second.facts;
}

}  // namespace opencapf::ces

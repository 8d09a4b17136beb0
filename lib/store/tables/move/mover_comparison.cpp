#include <fmt/format.h>

#include <set>
#include <utility>

#include "store/tables/move/mover.hpp"
#include "store/tables/move/snapshot.hpp"

namespace postbackd::store::tables
{

void Mover::compare(const MovedTable& table)
{
  std::string key;
  const std::int64_t total = sql::number_of(source_.database(), "SELECT count(*) FROM " + table.name);
  std::int64_t done = 0;
  const std::string end = from(table).last_key(); // what comes after it is compared when it is copied
  for (bool more = !end.empty(); more;) {
    progress_("comparing " + table.name, done, total);
    const Snapshot snapshot(source_);
    std::map<std::string, Row> here;
    std::string last = key;
    for (Row& row : from(table).between(key, end, rows_at_once(table))) {
      last = from(table).key_of(row);
      here[last] = std::move(row);
    }
    more = here.size() == static_cast<std::size_t>(rows_at_once(table));
    done += static_cast<std::int64_t>(here.size());
    std::set<std::string> different;
    if (!more) last = end;
    constexpr int all = 1'000'000; // few more are there than here
    for (const Row& row : to(table).between(key, last, all)) {
      const std::string at = to(table).key_of(row);
      const auto found = here.find(at);
      if (found == here.end() || !is_same(found->second, row, table)) different.insert(at);
      if (found != here.end()) here.erase(found), ++moved_.rows;
    }
    for (const auto& [at, row] : here)
      different.insert(at);
    refuse_different(table, std::move(different));
    key = last;
  }
  // Nothing stands there after the last one, unless that has just gone here.
  if (const std::string there = to(table).last_key(); !there.empty()) {
    const Snapshot snapshot(source_);
    std::set<std::string> alone;
    for (const Row& row : to(table).between(end, there, rows_at_once(table)))
      alone.insert(to(table).key_of(row));
    refuse_different(table, std::move(alone));
  }
}

void Mover::refuse_different(const MovedTable& table, std::set<std::string> keys)
{
  std::erase_if(keys, [&](const std::string& key) { return !is_moved(table, key); });
  if (keys.empty()) return;
  for (const Change& change : changes(all_changes))
    if (change.table == &table) keys.erase(change.key);
  if (!keys.empty())
    throw base::Failure(
        base::Errc::invalid,
        fmt::format(
            "{} rows of the table {} are not the same in both stores; the first has the key {}. Nothing "
            "was switched over: delete what is there, and move again",
            keys.size(), table.name, *keys.begin()));
}

// Those that were copied last.
void Mover::compare(const std::vector<Change>& changes)
{
  std::set<std::pair<std::string, std::string>> seen;
  for (const Change& change : changes) {
    if (!is_moved(*change.table, change.key) || !seen.emplace(change.table->name, change.key).second)
      continue;
    const auto here = from(*change.table).find(change.key);
    const auto there = to(*change.table).find(change.key);
    if (here.has_value() != there.has_value() || (here && !is_same(*here, *there, *change.table)))
      throw base::Failure(
          base::Errc::invalid,
          fmt::format("the row {} of the table {} is not the same in both stores. Nothing was "
                      "switched over",
                      change.key, change.table->name));
  }
}

} // namespace postbackd::store::tables

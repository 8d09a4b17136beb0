#include "store/tables/move/mover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string_view>
#include <thread>
#include <utility>

#include "store/tables/common/settings.hpp"
#include "store/tables/move/filling.hpp"
#include "store/tables/move/snapshot.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr std::size_t rows_of_commit = 1'000;
constexpr std::size_t bytes_of_commit = 8 << 20;
// So few changes are copied while nothing can be received.
constexpr std::size_t few = 200;
// Where changes come faster than they are copied, whoever writes waits for so long at a time: less than it
// waits for any lock before it refuses something.
constexpr std::chrono::milliseconds turn{1'500};
constexpr std::size_t changes_at_once = 500;
constexpr int most_turns = 200;
constexpr int most_tries = 100;
constexpr std::chrono::milliseconds pause{100};

// Each store has its own.
constexpr std::string_view own_settings[] = {"version", "moving", "moving_to", "moved_to"};
constexpr std::string_view fingerprints = "query_key"; // and its route

} // namespace

// In a transaction of the source that waits for nobody's lock for long: tried again when it is in the way.
template<class Work>
void Mover::briefly(Work work)
{
  for (int tries_left = most_tries;; --tries_left) {
    try {
      in_transaction(source_.database(), [&] {
        if (const std::string brief = source_.be_brief_sql(); !brief.empty()) source_.database().exec(brief);
        work(source_.database());
      });
      return;
    } catch (const sql::Failure& e) {
      if (e.error().code != base::Errc::unavailable || tries_left == 0) throw;
      std::this_thread::sleep_for(pause);
    }
  }
}

Mover::Mover(MoveEnd& source, MoveEnd& target, std::vector<MovedTable> tables, const MoveProgress& progress)
    : source_(source), target_(target), tables_(std::move(tables)), progress_(progress)
{
  for (const MovedTable& table : tables_) {
    from_[table.name] = std::make_unique<RowCopies>(source_.database(), table);
    to_[table.name] = std::make_unique<RowCopies>(target_.database(), table);
  }
}

bool Mover::is_moved(const MovedTable& table, const std::string& key) const
{
  if (table.name != "settings") return true;
  if (key.starts_with(base::to_hex(fingerprints))) return false;
  const auto is_key = [&key](std::string_view name) { return base::to_hex(name) == key; };
  return std::none_of(std::begin(own_settings), std::end(own_settings), is_key);
}

void Mover::watch(const std::string& place)
{
  briefly([&](sql::Database& database) {
    put_setting(database, "moving_to", place);
    database.exec(source_.log_sql());
    for (const MovedTable& table : tables_) {
      database.exec(source_.stop_watching_sql(table)); // of an interrupted move, perhaps of an older version
      database.exec(source_.watch_sql(table));
    }
  });
}

void Mover::copy(const MovedTable& table)
{
  sql::Database& database = target_.database();
  std::string key;
  std::int64_t done = 0;
  if (sql::Statement find(database,
                          fmt::format("SELECT key, done FROM moving_progress WHERE tab = '{}'", table.name));
      find.step()) {
    key = find.column(0).text();
    done = find.column(1).int64();
  }
  const std::int64_t total = sql::number_of(source_.database(), "SELECT count(*) FROM " + table.name);
  sql::Statement note(database,
                      "INSERT INTO moving_progress (tab, key, done) VALUES (?1, ?2, ?3) ON CONFLICT (tab) "
                      "DO UPDATE SET key = excluded.key, done = excluded.done");
  // What comes after it has come since, and is noted: whoever follows that has no end.
  const std::string last = from(table).last_key();
  for (bool more = !last.empty(); more;) {
    progress_(table.name, done, total);
    in_transaction(database, [&] {
      std::size_t rows = 0;
      for (std::size_t bytes = 0; more && rows < rows_of_commit && bytes < bytes_of_commit;) {
        const std::vector<Row> next = from(table).between(key, last, rows_at_once(table));
        more = next.size() == static_cast<std::size_t>(rows_at_once(table));
        for (const Row& row : next) {
          key = from(table).key_of(row);
          for (const auto& value : row)
            bytes += value ? value->size() : 0;
          if (is_moved(table, key)) to(table).insert(row);
        }
        rows += next.size();
      }
      done += static_cast<std::int64_t>(rows);
      note.bind(1, table.name);
      note.bind(2, key);
      note.bind(3, done);
      sql::execute(note);
    });
    target_.after_commit();
  }
}

std::vector<Mover::Change> Mover::changes(std::size_t most)
{
  std::map<std::string, const MovedTable*> named;
  for (const MovedTable& table : tables_)
    named[table.name] = &table;
  std::vector<Change> found;
  sql::Statement find(source_.database(), "SELECT number, tab, key FROM moving ORDER BY number LIMIT ?1");
  find.bind(1, static_cast<std::int64_t>(most));
  while (find.step())
    if (const auto table = named.find(find.column(1).text()); table != named.end())
      found.push_back({find.column(0).int64(), table->second, find.column(2).text()});
  return found;
}

// All of them go first: if they are all that are known, what stays is as it was, so nothing that comes then
// is in its way.
std::vector<Mover::Change> Mover::copy_changes(std::size_t most)
{
  std::vector<Change> found = changes(most);
  std::set<std::pair<std::string, std::string>> rows;
  in_transaction(target_.database(), [&] {
    for (const Change& change : found)
      if (is_moved(*change.table, change.key) && rows.emplace(change.table->name, change.key).second)
        to(*change.table).remove(change.key);
    for (const auto& [name, key] : rows)
      if (const auto row = from_.at(name)->find(key)) to_.at(name)->insert(*row);
  });
  return found;
}

void Mover::forget(const std::vector<Change>& changes)
{
  std::vector<std::int64_t> numbers;
  for (const Change& change : changes)
    numbers.push_back(change.number);
  sql::Statement remove(source_.database(),
                        "DELETE FROM moving WHERE number IN (SELECT value FROM json_each(?1))");
  remove.bind(1, sql::list_of(numbers));
  sql::execute(remove);
}

std::size_t Mover::drain()
{
  std::vector<Change> found;
  {
    const Snapshot snapshot(source_);
    found = copy_changes(all_changes);
    compare(found);
  }
  if (!found.empty()) in_transaction(source_.database(), [&] { forget(found); });
  return found.size();
}

// Of some of them, a row can be in the way of another that is not among them: then all are copied.
std::size_t Mover::drain_some()
{
  std::vector<Change> found;
  try {
    found = copy_changes(changes_at_once);
  } catch (const base::Failure&) {
    found = copy_changes(all_changes);
  }
  compare(found);
  forget(found);
  return found.size();
}

// While nobody else writes, what waits to be copied becomes less however fast it comes. Returns whether few
// are left.
bool Mover::catch_up()
{
  const auto end = std::chrono::steady_clock::now() + turn;
  std::size_t count = changes_at_once;
  briefly([&](sql::Database&) {
    while (count >= changes_at_once && std::chrono::steady_clock::now() < end)
      count = drain_some();
  });
  return count < changes_at_once;
}

// First nobody can change anything any more: also those who write without their turn.
void Mover::switch_over(const std::string& place)
{
  briefly([&](sql::Database& database) {
    put_setting(database, "moved_to", place);
    database.exec("DELETE FROM settings WHERE name = 'moving_to'");
    for (const MovedTable& table : tables_)
      database.exec(source_.guard_sql(table, std::string(sql::moved_words) + place));
    compare(copy_changes(all_changes));
    database.exec(source_.end_watching_sql(tables_));
  });
}

Moved Mover::run(const std::string& place)
{
  for (const MovedTable& table : tables_)
    copy(table);
  target_.learn_sizes(tables_);
  drain();
  for (const MovedTable& table : tables_)
    compare(table);
  std::size_t before = drain();
  std::size_t count = drain();
  for (; count > few && count < before; count = drain())
    before = count;
  for (int turns_left = most_turns; count > few && !catch_up(); --turns_left) {
    if (turns_left == 0)
      throw base::Failure(
          base::Errc::unavailable,
          "more changes than can be copied: run it again when less comes, it goes on from here");
    std::this_thread::sleep_for(pause); // so that others have a turn
  }
  progress_("switching over", 0, 1);
  switch_over(place);
  progress_("switching over", 1, 1);
  end_filling(target_, tables_);
  moved_.tables = static_cast<std::int64_t>(tables_.size());
  return moved_;
}

} // namespace postbackd::store::tables

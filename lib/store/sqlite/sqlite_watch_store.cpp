#include "store/sqlite/sqlite_watch_store.hpp"

#include "sqlite/statement.hpp"
#include "store/sqlite/watch/alert_table.hpp"
#include "store/sqlite/watch/refusal_table.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr auto note_size_sql = R"(
  INSERT INTO stats (day, database_bytes) SELECT ?1, page_count * page_size FROM pragma_page_count, pragma_page_size WHERE true
  ON CONFLICT (day) DO UPDATE SET database_bytes = excluded.database_bytes)";

} // namespace

base::Result<void> SqliteWatchStore::add_refusals(const std::vector<RefusalCount>& refusals)
{
  if (refusals.empty()) return {};
  return queue_.run_blocking([&] { sqlite::add_refusals(writer_, refusals); });
}

base::Result<void> SqliteWatchStore::set_alerts(const std::string& source, const std::vector<Alert>& seen,
                                                base::TimePoint now)
{
  const auto open = reader_.try_read([&] { return open_alerts(reader_.database()); });
  if (!open) return open.error();
  if (!differ(*open, source, seen)) return {};
  return queue_.run_blocking([&] { sqlite::set_alerts(writer_, source, seen, now); });
}

base::Result<void> SqliteWatchStore::note_size(base::TimePoint now)
{
  const std::string day = text::format_time(now).substr(0, 10);
  return queue_.run_blocking([&] {
    SQLite::Statement note(writer_, note_size_sql);
    bind_text(note, 1, day);
    note.exec();
  });
}

} // namespace postbackd::store::sqlite

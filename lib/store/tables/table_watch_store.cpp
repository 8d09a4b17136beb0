#include "store/tables/table_watch_store.hpp"

#include "sql/statement.hpp"
#include "store/tables/fanbase/fanbase_table.hpp"
#include "store/tables/queries/audit_table.hpp"
#include "store/tables/watch/alert_table.hpp"
#include "store/tables/watch/day_table.hpp"
#include "store/tables/watch/refusal_table.hpp"
#include "store/tables/watch/report.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr auto note_size_sql = R"(
  INSERT INTO stats (day, database_bytes) VALUES (?1, ?2)
  ON CONFLICT (day) DO UPDATE SET database_bytes = excluded.database_bytes)";

constexpr auto last_day = "9999-12-31";

} // namespace

base::Result<void> TableWatchStore::add_refusals(const std::vector<RefusalCount>& refusals)
{
  if (refusals.empty()) return {};
  return queue_.run_blocking([&] { tables::add_refusals(writer_, refusals); });
}

base::Result<void> TableWatchStore::set_alerts(const std::string& source, const std::vector<Alert>& seen,
                                               base::TimePoint now)
{
  const auto open = reader_.try_read([&] { return open_alerts(reader_.database()); });
  if (!open) return open.error();
  if (!differ(*open, source, seen)) return {};
  return queue_.run_blocking([&] { tables::set_alerts(writer_, source, seen, now); });
}

base::Result<void> TableWatchStore::note_size(base::TimePoint now)
{
  const std::string day = text::format_time(now).substr(0, 10);
  return queue_.run_blocking([&] {
    sql::Statement note(writer_, note_size_sql);
    bind_text(note, 1, day);
    note.bind(2, number_of(writer_, size_sql_));
    note.exec();
  });
}

std::vector<AlertRecord> TableWatchStore::alerts(std::int64_t before, std::size_t most)
{
  return reader_.read([&] { return list_alerts(reader_.database(), before, most); });
}

std::vector<AccessRecord> TableWatchStore::accesses(std::int64_t before, std::size_t most)
{
  return reader_.read([&] { return list_accesses(reader_.database(), before, most); });
}

std::vector<ObjectRecord> TableWatchStore::objects(std::int64_t before, std::size_t most)
{
  return reader_.read([&] { return list_objects(reader_.database(), before, most); });
}

std::vector<RefusalCount> TableWatchStore::refusals(const std::string& since_day, std::size_t most)
{
  return reader_.read([&] { return sum_refusals(reader_.database(), since_day, last_day, most); });
}

std::vector<DayCounts> TableWatchStore::days(const std::string& since_day)
{
  return reader_.read([&] { return list_days(reader_.database(), since_day); });
}

Report TableWatchStore::report(base::TimePoint from, base::TimePoint to)
{
  if (reports_.exchange(true))
    throw base::Failure(base::Errc::unavailable, "another report is being made: ask again");
  struct End {
    std::atomic<bool>& reports;
    ~End() { reports = false; }
  } const end{reports_};
  return report_reader_.read([&] { return make_report(report_reader_.database(), from, to); });
}

} // namespace postbackd::store::tables

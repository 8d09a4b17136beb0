#include "store/sqlite/delivery_jobs.hpp"

#include "text/json.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

// Bounds how long others wait behind one of these jobs.
constexpr int most_overdue = 500;

constexpr auto interrupted_attempts_sql = R"(
  UPDATE attempts SET outcome = 'retry', finished_at = ?1, detail = 'the daemon ended while it ran'
   WHERE finished_at IS NULL AND delivery IN (SELECT id FROM deliveries WHERE state = 'running'))";
constexpr auto interrupted_sql =
    "UPDATE deliveries SET state = 'due', next_attempt_at = ?1 WHERE state = 'running'";
constexpr auto known_sql = R"(
  INSERT INTO handlers (name, kind, since) VALUES (?1, ?2, ?3)
  ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, active = 1, since = iif(active, since, excluded.since))";
constexpr auto others_sql =
    "UPDATE handlers SET active = 0 WHERE name NOT IN (SELECT value FROM json_each(?1))";

constexpr auto overdue_sql = R"(
  UPDATE queries SET state = 'overdue'
   WHERE id IN (SELECT id FROM queries WHERE (state = 'pending' OR state = 'submitting') AND deadline_at < ?1 ORDER BY deadline_at LIMIT ?2)
  RETURNING id)";
constexpr auto overdue_event_sql = "INSERT INTO events (event, query, created_at) VALUES ('overdue', ?1, ?2)";

void exec(SQLite::Database& database, const char* sql, const std::string& parameter)
{
  SQLite::Statement statement(database, sql);
  statement.bind(1, parameter);
  statement.exec();
}

} // namespace

void OpenJob::run()
{
  const std::string now = text::format_time(now_);
  exec(database_, interrupted_attempts_sql, now);
  exec(database_, interrupted_sql, now);
  text::JsonWriter names;
  names.begin_array();
  for (const HandlerState& handler : handlers_) {
    SQLite::Statement known(database_, known_sql);
    known.bind(1, handler.name);
    known.bind(2, handler.kind);
    known.bind(3, after_);
    known.exec();
    names.string(handler.name);
  }
  exec(database_, others_sql, std::string(names.end_array().text()));
}

void AdvanceJob::run()
{
  claims.clear();
  table_.record(step_.reports, now_);
  for (const HandlerState& handler : step_.changed)
    table_.save(handler);
  if (step_.routed != 0) table_.insert(step_.deliveries, step_.routed, now_);
  for (const Want& want : step_.wants)
    table_.claim(want, now_, claims);
}

void OverdueJob::run()
{
  const std::string now = text::format_time(now_);
  std::vector<std::int64_t> ids;
  {
    SQLite::Statement mark(database_, overdue_sql);
    mark.bind(1, now);
    mark.bind(2, most_overdue);
    while (mark.executeStep())
      ids.push_back(mark.getColumn(0).getInt64());
  }
  for (const std::int64_t id : ids) {
    SQLite::Statement insert(database_, overdue_event_sql);
    insert.bind(1, id);
    insert.bind(2, now);
    insert.exec();
  }
  marked = static_cast<std::int64_t>(ids.size());
}

} // namespace postbackd::store::sqlite

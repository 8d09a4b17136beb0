#include "store/tables/watch/alert_table.hpp"

#include <algorithm>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/queries/event_table.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr std::chrono::days kept_alerts{90};

constexpr auto alert_open_sql =
    "SELECT source, name, handler, critical, what, began_at FROM alerts WHERE ended_at "
    "IS NULL ORDER BY critical DESC, id";
constexpr auto alert_list_sql =
    "SELECT source, name, handler, critical, what, began_at, id, ended_at FROM alerts WHERE id < ?1 "
    "ORDER BY id DESC LIMIT ?2";
constexpr auto alert_begin_sql =
    "INSERT INTO alerts (source, name, handler, critical, what, began_at, first_event) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)";
constexpr auto alert_first_event_sql = "UPDATE alerts SET first_event = ?2 WHERE id = ?1";
constexpr auto alert_say_sql =
    "UPDATE alerts SET critical = ?4, what = ?5 WHERE source = ?1 AND name = ?2 AND handler = ?3 "
    "AND ended_at IS NULL AND (critical <> ?4 OR what <> ?5)";
constexpr auto alert_end_sql =
    "UPDATE alerts SET ended_at = ?4 WHERE source = ?1 AND name = ?2 AND handler = ?3 AND ended_at IS NULL "
    "RETURNING id";
// The newest event and the newest delivery stay: their numbers must not be given out again.
constexpr const char* alert_remove_sql[] = {
    R"(DELETE FROM deliveries
        WHERE event_id IN (SELECT id FROM events WHERE kind = 'alert' AND object IN (SELECT id FROM alerts WHERE ended_at < ?1))
          AND state <> 'running' AND id < (SELECT max(id) FROM deliveries))",
    R"(DELETE FROM events
        WHERE kind = 'alert' AND object IN (SELECT id FROM alerts WHERE ended_at < ?1)
          AND id < (SELECT max(id) FROM events) AND NOT EXISTS (SELECT 1 FROM deliveries WHERE event_id = events.id))",
    R"(DELETE FROM alerts
        WHERE ended_at < ?1 AND NOT EXISTS (SELECT 1 FROM events WHERE kind = 'alert' AND object = alerts.id))"};

bool is_same(const Alert& a, const Alert& b) { return a.name == b.name && a.handler == b.handler; }

bool is_among(const Alert& alert, const std::vector<Alert>& others)
{
  return std::any_of(others.begin(), others.end(), [&](const Alert& other) { return is_same(alert, other); });
}

void bind_name(sql::Statement& statement, const std::string& source, const Alert& alert)
{
  bind_text(statement, 1, source);
  bind_text(statement, 2, alert.name);
  bind_text(statement, 3, alert.handler);
}

void begin(sql::Database& database, const std::string& source, const Alert& alert, const std::string& now)
{
  sql::Statement insert(database, alert_begin_sql);
  bind_name(insert, source, alert);
  insert.bind(4, alert.critical ? 1 : 0);
  bind_text(insert, 5, alert.what);
  bind_text(insert, 6, now);
  const std::int64_t id = insert.insert("id");
  const std::int64_t event = EventTable(database).append(model::EventKind::alert, {.object = id}, now);
  sql::Statement first(database, alert_first_event_sql);
  first.bind(1, id);
  first.bind(2, event);
  first.exec();
}

void end(sql::Database& database, const OpenAlert& alert, const std::string& now)
{
  std::int64_t id = 0;
  {
    sql::Statement update(database, alert_end_sql);
    bind_name(update, alert.source, alert);
    bind_text(update, 4, now);
    if (!update.step()) return;
    id = update.column(0).int64();
  }
  EventTable(database).append(model::EventKind::alert, {.object = id}, now);
}

OpenAlert read_alert(sql::Statement& row)
{
  return {{text_or_empty(row, 1), text_or_empty(row, 2), row.column(3).int32() != 0, text_or_empty(row, 4)},
          text_or_empty(row, 0),
          time_of(row, 5)};
}

} // namespace

std::vector<OpenAlert> open_alerts(sql::Database& database)
{
  sql::Statement list(database, alert_open_sql);
  std::vector<OpenAlert> alerts;
  while (list.step())
    alerts.push_back(read_alert(list));
  return alerts;
}

std::vector<AlertRecord> list_alerts(sql::Database& database, std::int64_t before, std::size_t most)
{
  sql::Statement list(database, alert_list_sql);
  list.bind(1, before);
  list.bind(2, static_cast<std::int64_t>(most));
  std::vector<AlertRecord> alerts;
  while (list.step())
    alerts.push_back({read_alert(list), list.column(6).int64(), time_or_nothing(list, 7)});
  return alerts;
}

bool differ(const std::vector<OpenAlert>& open, const std::string& source, const std::vector<Alert>& seen)
{
  const auto own = [&](const OpenAlert& alert) { return alert.source == source; };
  if (std::count_if(open.begin(), open.end(), own) != static_cast<std::ptrdiff_t>(seen.size())) return true;
  return !std::all_of(seen.begin(), seen.end(), [&](const Alert& alert) {
    return std::any_of(open.begin(), open.end(), [&](const OpenAlert& other) {
      return own(other) && is_same(alert, other) && alert.critical == other.critical &&
             alert.what == other.what;
    });
  });
}

void set_alerts(sql::Database& database, const std::string& source, const std::vector<Alert>& seen,
                base::TimePoint now)
{
  const std::string time = text::format_time(now);
  std::vector<Alert> old;
  for (const OpenAlert& alert : open_alerts(database)) {
    if (alert.source != source) continue;
    if (!is_among(alert, seen)) end(database, alert, time);
    old.push_back(alert);
  }
  sql::Statement say(database, alert_say_sql);
  for (const Alert& alert : seen) {
    if (!is_among(alert, old)) {
      begin(database, source, alert, time);
      continue;
    }
    bind_name(say, source, alert);
    say.bind(4, alert.critical ? 1 : 0);
    bind_text(say, 5, alert.what);
    execute(say);
  }
  const std::string oldest = text::format_time(now - kept_alerts);
  for (const char* sql : alert_remove_sql) {
    sql::Statement remove(database, sql);
    bind_text(remove, 1, oldest);
    remove.exec();
  }
}

} // namespace postbackd::store::tables

#include "store/sqlite/deliveries/delivery_actions.hpp"

#include <fmt/format.h>

#include "sqlite/statement.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/deliveries/delivery_table.hpp"
#include "store/sqlite/files/eras.hpp"
#include "store/sqlite/queries/query_finder.hpp"
#include "store/sqlite/queries/records.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

// A condition on v_deliveries, and the values to bind to it, in order.
struct Condition {
  std::string sql = "1";
  std::vector<std::string> values;

  void add(const char* column, const std::optional<std::string>& value)
  {
    if (!value) return;
    sql += std::string(" AND ") + column + " = ?";
    values.push_back(*value);
  }
  void bind(SQLite::Statement& statement) const
  {
    for (std::size_t i = 0; i < values.size(); ++i)
      bind_text(statement, static_cast<int>(i) + 1, values[i]);
  }
};

Condition condition_of(SQLite::Database& database, const DeliveryFilter& filter)
{
  Condition condition;
  if (filter.id) condition.sql += " AND delivery_id = " + std::to_string(*filter.id);
  if (filter.before) condition.sql += " AND delivery_id < " + std::to_string(*filter.before);
  condition.add("handler", filter.handler);
  if (filter.state) condition.add("state", std::string(model::to_text(*filter.state)));
  if (filter.state == model::DeliveryState::dead && !filter.id && !filter.query)
    condition.sql += " AND dismissed_at IS NULL";
  if (filter.older_than) {
    condition.sql += " AND created_at < ?";
    condition.values.push_back(text::format_time(*filter.older_than));
  }
  if (!filter.query) return condition;
  const auto query = find_query(database, model::query_name_of(*filter.query));
  const bool by_query_id = !query || query->correlation.empty(); // both are searched by an index
  condition.add(by_query_id ? "query_id" : "correlation", by_query_id ? filter.query : query->correlation);
  return condition;
}

const char* states_of(DeliveryAction action)
{
  switch (action) {
  case DeliveryAction::retry:
    return "(state = 'due' OR state = 'dead')";
  case DeliveryAction::hold:
    return "state = 'due'";
  case DeliveryAction::release:
    return "state = 'held'";
  case DeliveryAction::kill:
    return "(state = 'due' OR state = 'held' OR (state = 'dead' AND dismissed_at IS NULL))";
  }
  return "0";
}

Condition condition_of(SQLite::Database& database, DeliveryAction action, const DeliveryFilter& filter)
{
  Condition condition = condition_of(database, filter);
  condition.sql += std::string(" AND ") + states_of(action);
  if (!filter.id && !filter.query) condition.sql += " AND dismissed_at IS NULL";
  return condition;
}

// ?1 is the time, if one is needed; ?2 the reason.
const char* assignment_of(DeliveryAction action)
{
  switch (action) {
  case DeliveryAction::retry:
    return "state = 'due', next_attempt_at = ?1, forgiven = attempts, dismissed_at = NULL, reason = NULL";
  case DeliveryAction::release:
    return "state = 'due', next_attempt_at = ?1";
  case DeliveryAction::hold:
    return "state = 'held'";
  case DeliveryAction::kill:
    return "last_error = iif(state = 'dead', last_error, 'given up by the operator'), state = 'dead', "
           "next_attempt_at = NULL, "
           "dismissed_at = ?1, reason = nullif(?2, '')";
  }
  return "";
}

constexpr auto replay_sql = R"(
  INSERT INTO deliveries (id, event_id, handler, next_attempt_at, created_at, replayed) VALUES ({}, ?1, ?2, ?3, ?3, 1)
  ON CONFLICT (event_id, handler) DO UPDATE SET state = 'due', replayed = 1, next_attempt_at = excluded.next_attempt_at, forgiven = attempts,
         dismissed_at = NULL, reason = NULL
   WHERE state = 'done' OR state = 'dead')";
constexpr auto replayable_sql = R"(
  SELECT NOT EXISTS (SELECT 1 FROM deliveries
                      WHERE event_id = ?1 AND handler = ?2 AND state <> 'done' AND state <> 'dead'))";

} // namespace

std::vector<DeliveryRecord> find_deliveries(SQLite::Database& database, const DeliveryFilter& filter,
                                            std::size_t most)
{
  const Condition condition = condition_of(database, filter);
  SQLite::Statement find(database, std::string("SELECT ") + delivery_columns + " FROM v_deliveries WHERE " +
                                       condition.sql + " ORDER BY delivery_id DESC LIMIT " +
                                       std::to_string(most));
  condition.bind(find);
  std::vector<DeliveryRecord> records;
  while (find.executeStep())
    records.push_back(read_delivery(find));
  return records;
}

std::vector<HandlerRecord> find_handlers(SQLite::Database& database)
{
  SQLite::Statement list(
      database, "SELECT name, kind, circuit = 'open', failures, open_until, backlog, oldest_at, active "
                "FROM v_handlers ORDER BY name");
  std::vector<HandlerRecord> records;
  while (list.executeStep())
    records.push_back({text_or_empty(list, 0), text_or_empty(list, 1), list.getColumn(2).getInt() != 0,
                       list.getColumn(3).getInt(), time_or_nothing(list, 4), list.getColumn(5).getInt64(),
                       time_or_nothing(list, 6), list.getColumn(7).getInt() != 0});
  return records;
}

std::int64_t count_changeable(SQLite::Database& database, DeliveryAction action, const DeliveryFilter& filter)
{
  const Condition condition = condition_of(database, action, filter);
  SQLite::Statement count(database, "SELECT count(*) FROM v_deliveries WHERE " + condition.sql);
  condition.bind(count);
  count.executeStep();
  return count.getColumn(0).getInt64();
}

std::vector<std::int64_t> find_changeable(SQLite::Database& database, DeliveryAction action,
                                          const DeliveryFilter& filter, std::int64_t after, std::size_t most)
{
  const Condition condition = condition_of(database, action, filter);
  SQLite::Statement find(database, "SELECT delivery_id FROM v_deliveries WHERE " + condition.sql +
                                       " AND delivery_id > " + std::to_string(after) +
                                       " ORDER BY delivery_id LIMIT " + std::to_string(most));
  condition.bind(find);
  std::vector<std::int64_t> ids;
  while (find.executeStep())
    ids.push_back(find.getColumn(0).getInt64());
  return ids;
}

std::int64_t change_deliveries(SQLite::Database& database, DeliveryAction action,
                               const std::vector<std::int64_t>& ids, const std::string& reason,
                               base::TimePoint now)
{
  const std::string list = fmt::format("{}", fmt::join(ids, ","));
  const std::string time = text::format_time(now);
  SQLite::Statement update(database, std::string("UPDATE deliveries SET ") + assignment_of(action) +
                                         " WHERE id IN (" + list + ") AND " + states_of(action));
  if (action != DeliveryAction::hold) bind_text(update, 1, time);
  if (action == DeliveryAction::kill) bind_text(update, 2, reason);
  if (action == DeliveryAction::retry) {
    SQLite::Statement probe(
        database, "UPDATE handlers SET open_until = ?1 WHERE circuit = 'open' AND open_until > ?1 AND "
                  "name IN (SELECT handler FROM deliveries WHERE id IN (" +
                      list + "))");
    bind_text(probe, 1, time);
    probe.exec();
  }
  return update.exec();
}

std::vector<model::Event> past_events(SQLite::Database& database, base::TimePoint since, std::int64_t after,
                                      std::size_t most)
{
  const std::string time = text::format_time(since);
  SQLite::Statement find(database, std::string("SELECT ") + event_columns + " FROM events e" + event_joins +
                                       "WHERE e.id > ?1 AND e.created_at >= ?2 AND " + is_told +
                                       " ORDER BY e.id LIMIT ?3");
  find.bind(1, after);
  bind_text(find, 2, time);
  find.bind(3, static_cast<std::int64_t>(most));
  std::vector<model::Event> events;
  while (find.executeStep())
    events.push_back(read_event(find, 0));
  return events;
}

std::int64_t count_replayable(SQLite::Database& database, const std::string& handler,
                              const std::vector<std::int64_t>& events)
{
  SQLite::Statement find(database, replayable_sql);
  std::int64_t count = 0;
  for (const std::int64_t event : events) {
    const Reset reset(find);
    find.bind(1, event);
    bind_text(find, 2, handler);
    find.executeStep();
    count += find.getColumn(0).getInt64();
  }
  return count;
}

std::int64_t replay(SQLite::Database& database, const std::string& handler,
                    const std::vector<std::int64_t>& events, base::TimePoint now)
{
  const std::string time = text::format_time(now);
  SQLite::Statement insert(database, fmt::format(replay_sql, next_delivery));
  std::int64_t count = 0;
  for (const std::int64_t event : events) {
    const Reset reset(insert);
    insert.bind(1, event);
    bind_text(insert, 2, handler);
    bind_text(insert, 3, time);
    count += insert.exec();
  }
  return count;
}

} // namespace postbackd::store::sqlite

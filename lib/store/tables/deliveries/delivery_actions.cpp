#include "store/tables/deliveries/delivery_actions.hpp"

#include <fmt/format.h>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/deliveries/delivery_table.hpp"
#include "store/tables/queries/eras.hpp"
#include "store/tables/queries/query_finder.hpp"
#include "store/tables/queries/records.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

// A condition on v_deliveries, and the values to bind to it, in order.
struct Condition {
  std::string sql = "TRUE";
  std::vector<std::string> values;

  void add(const char* column, const std::optional<std::string>& value)
  {
    if (!value) return;
    sql += std::string(" AND ") + column + " = ?";
    values.push_back(*value);
  }
  void bind(sql::Statement& statement) const
  {
    for (std::size_t i = 0; i < values.size(); ++i)
      bind_text(statement, static_cast<int>(i) + 1, values[i]);
  }
};

Condition condition_of(sql::Database& database, const DeliveryFilter& filter)
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
  return "FALSE";
}

Condition condition_of(sql::Database& database, DeliveryAction action, const DeliveryFilter& filter)
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
    return "last_error = CASE WHEN state = 'dead' THEN last_error ELSE 'given up by the operator' END, state "
           "= 'dead', "
           "next_attempt_at = NULL, "
           "dismissed_at = ?1, reason = nullif(?2, '')";
  }
  return "";
}

constexpr auto replay_sql = R"(
  INSERT INTO deliveries (id, event_id, handler, next_attempt_at, created_at, replayed) VALUES ({}, ?1, ?2, ?3, ?3, TRUE)
  ON CONFLICT (event_id, handler) DO UPDATE SET state = 'due', replayed = TRUE, next_attempt_at = excluded.next_attempt_at, forgiven = deliveries.attempts,
         dismissed_at = NULL, reason = NULL
   WHERE deliveries.state = 'done' OR deliveries.state = 'dead')";
constexpr auto replayable_sql = R"(
  SELECT NOT EXISTS (SELECT 1 FROM deliveries
                      WHERE event_id = ?1 AND handler = ?2 AND state <> 'done' AND state <> 'dead'))";

} // namespace

std::vector<DeliveryRecord> find_deliveries(sql::Database& database, const DeliveryFilter& filter,
                                            std::size_t most)
{
  const Condition condition = condition_of(database, filter);
  sql::Statement find(database, std::string("SELECT ") + delivery_columns + " FROM v_deliveries WHERE " +
                                    condition.sql + " ORDER BY delivery_id DESC LIMIT " +
                                    std::to_string(most));
  condition.bind(find);
  std::vector<DeliveryRecord> records;
  while (find.step())
    records.push_back(read_delivery(find));
  return records;
}

std::vector<HandlerRecord> find_handlers(sql::Database& database)
{
  sql::Statement list(database,
                      "SELECT name, kind, circuit = 'open', failures, open_until, backlog, oldest_at, active "
                      "FROM v_handlers ORDER BY name");
  std::vector<HandlerRecord> records;
  while (list.step())
    records.push_back({text_or_empty(list, 0), text_or_empty(list, 1), list.column(2).int32() != 0,
                       list.column(3).int32(), time_or_nothing(list, 4), list.column(5).int64(),
                       time_or_nothing(list, 6), list.column(7).int32() != 0});
  return records;
}

std::int64_t count_changeable(sql::Database& database, DeliveryAction action, const DeliveryFilter& filter)
{
  const Condition condition = condition_of(database, action, filter);
  sql::Statement count(database, "SELECT count(*) FROM v_deliveries WHERE " + condition.sql);
  condition.bind(count);
  count.step();
  return count.column(0).int64();
}

std::vector<std::int64_t> find_changeable(sql::Database& database, DeliveryAction action,
                                          const DeliveryFilter& filter, std::int64_t after, std::size_t most)
{
  const Condition condition = condition_of(database, action, filter);
  sql::Statement find(database, "SELECT delivery_id FROM v_deliveries WHERE " + condition.sql +
                                    " AND delivery_id > " + std::to_string(after) +
                                    " ORDER BY delivery_id LIMIT " + std::to_string(most));
  condition.bind(find);
  std::vector<std::int64_t> ids;
  while (find.step())
    ids.push_back(find.column(0).int64());
  return ids;
}

std::int64_t change_deliveries(sql::Database& database, DeliveryAction action,
                               const std::vector<std::int64_t>& ids, const std::string& reason,
                               base::TimePoint now)
{
  const std::string list = fmt::format("{}", fmt::join(ids, ","));
  const std::string time = text::format_time(now);
  sql::Statement update(database, std::string("UPDATE deliveries SET ") + assignment_of(action) +
                                      " WHERE id IN (" + list + ") AND " + states_of(action));
  if (action != DeliveryAction::hold) bind_text(update, 1, time);
  if (action == DeliveryAction::kill) bind_text(update, 2, reason);
  if (action == DeliveryAction::retry) {
    sql::Statement probe(database,
                         "UPDATE handlers SET open_until = ?1 WHERE circuit = 'open' AND open_until > ?1 AND "
                         "name IN (SELECT handler FROM deliveries WHERE id IN (" +
                             list + "))");
    bind_text(probe, 1, time);
    probe.exec();
  }
  return update.exec();
}

std::vector<model::Event> past_events(sql::Database& database, base::TimePoint since, std::int64_t after,
                                      std::size_t most)
{
  const std::string time = text::format_time(since);
  sql::Statement find(database, std::string("SELECT ") + event_columns + " FROM events e" + event_joins +
                                    "WHERE e.id > ?1 AND e.created_at >= ?2 AND " + is_told +
                                    " ORDER BY e.id LIMIT ?3");
  find.bind(1, after);
  bind_text(find, 2, time);
  find.bind(3, static_cast<std::int64_t>(most));
  std::vector<model::Event> events;
  while (find.step())
    events.push_back(read_event(find, 0));
  return events;
}

std::int64_t count_replayable(sql::Database& database, const std::string& handler,
                              const std::vector<std::int64_t>& events)
{
  sql::Statement find(database, replayable_sql);
  std::int64_t count = 0;
  for (const std::int64_t event : events) {
    const Reset reset(find);
    find.bind(1, event);
    bind_text(find, 2, handler);
    find.step();
    count += find.column(0).int64();
  }
  return count;
}

std::int64_t replay(sql::Database& database, const std::string& handler,
                    const std::vector<std::int64_t>& events, base::TimePoint now)
{
  const std::string time = text::format_time(now);
  sql::Statement insert(database, fmt::format(replay_sql, next_delivery(database)));
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

} // namespace postbackd::store::tables

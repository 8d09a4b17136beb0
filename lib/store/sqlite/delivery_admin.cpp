#include "store/sqlite/delivery_admin.hpp"

#include <SQLiteCpp/Transaction.h>

#include "store/sqlite/delivery_table.hpp"
#include "store/sqlite/statement.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr auto now_sql = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";

// A condition on v_deliveries, and what is to be bound to it, in order.
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
      statement.bind(static_cast<int>(i) + 1, values[i]);
  }
};

Condition condition_of(const DeliveryFilter& filter)
{
  Condition condition;
  if (filter.id) condition.sql += " AND id = " + std::to_string(*filter.id);
  condition.add("handler", filter.handler);
  condition.add("state", filter.state);
  condition.add("query_id", filter.query_id);
  return condition;
}

const char* states_of(Steer steer)
{
  return steer == Steer::retry     ? "state IN ('due', 'dead')"
         : steer == Steer::hold    ? "state = 'due'"
         : steer == Steer::release ? "state = 'held'"
                                   : "state IN ('due', 'held')";
}

Condition condition_of(Steer steer, const DeliveryFilter& filter)
{
  Condition condition = condition_of(filter);
  condition.sql += std::string(" AND ") + states_of(steer);
  return condition;
}

std::string assignment_of(Steer steer)
{
  const std::string due = std::string("state = 'due', next_attempt_at = ") + now_sql;
  switch (steer) {
  case Steer::retry:
    return due + ", forgiven = attempts";
  case Steer::release:
    return due;
  case Steer::hold:
    return "state = 'held'";
  case Steer::kill:
    return "state = 'dead', last_error = 'given up by the operator'";
  }
  return {};
}

Rows rows_of(SQLite::Statement& statement)
{
  Rows rows;
  for (int i = 0; i < statement.getColumnCount(); ++i)
    rows.columns.emplace_back(statement.getColumnName(i));
  while (statement.executeStep()) {
    Row row;
    for (int i = 0; i < statement.getColumnCount(); ++i)
      row.push_back(text_or_nothing(statement, i));
    rows.rows.push_back(std::move(row));
  }
  return rows;
}

} // namespace

Rows find_deliveries(SQLite::Database& database, const DeliveryFilter& filter, std::size_t most)
{
  const Condition condition = condition_of(filter);
  SQLite::Statement find(database, "SELECT * FROM v_deliveries WHERE " + condition.sql +
                                       " ORDER BY id DESC LIMIT " + std::to_string(most));
  condition.bind(find);
  return rows_of(find);
}

Rows find_attempts(SQLite::Database& database, const std::string& query_id)
{
  SQLite::Statement find(
      database,
      "SELECT a.*, d.state, d.next_attempt_at FROM v_deliveries d JOIN v_attempts a ON a.delivery_id = d.id "
      "WHERE d.query_id = ?1 ORDER BY a.delivery_id, a.attempt");
  find.bind(1, query_id);
  return rows_of(find);
}

Rows find_handlers(SQLite::Database& database)
{
  SQLite::Statement find(database, "SELECT * FROM v_handlers ORDER BY name");
  return rows_of(find);
}

std::int64_t count_steerable(SQLite::Database& database, Steer steer, const DeliveryFilter& filter)
{
  const Condition condition = condition_of(steer, filter);
  SQLite::Statement count(database, "SELECT count(*) FROM v_deliveries WHERE " + condition.sql);
  condition.bind(count);
  count.executeStep();
  return count.getColumn(0).getInt64();
}

// Found as a reader, and each once: what a handler fails again meanwhile is not made due again.
std::optional<std::int64_t> steer(SQLite::Database& database, Steer steer, const DeliveryFilter& filter,
                                  std::int64_t& last, std::size_t most)
{
  const Condition condition = condition_of(steer, filter);
  std::string ids;
  {
    SQLite::Statement find(database, "SELECT id FROM v_deliveries WHERE " + condition.sql + " AND id > " +
                                         std::to_string(last) + " ORDER BY id LIMIT " + std::to_string(most));
    condition.bind(find);
    while (find.executeStep()) {
      last = find.getColumn(0).getInt64();
      ids += (ids.empty() ? "" : ",") + std::to_string(last);
    }
  }
  if (ids.empty()) return std::nullopt;
  SQLite::Statement update(database, "UPDATE deliveries SET " + assignment_of(steer) + " WHERE id IN (" +
                                         ids + ") AND " + states_of(steer));
  return update.exec();
}

std::vector<model::Event> past_events(SQLite::Database& database, const std::string& since,
                                      std::int64_t after, std::size_t most)
{
  SQLite::Statement find(database, std::string("SELECT ") + event_columns + " FROM events e" + event_joins +
                                       "WHERE e.id > ?1 AND e.created_at >= ?2 ORDER BY e.id LIMIT ?3");
  find.bind(1, after);
  find.bind(2, since);
  find.bind(3, static_cast<std::int64_t>(most));
  std::vector<model::Event> events;
  while (find.executeStep())
    events.push_back(read_event(find, 0));
  return events;
}

std::int64_t replay(SQLite::Database& database, const std::string& handler,
                    const std::vector<std::int64_t>& events)
{
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  SQLite::Statement insert(
      database, std::string("INSERT INTO deliveries (event, handler, next_attempt_at) VALUES (?1, ?2, ") +
                    now_sql +
                    ") ON CONFLICT (event, handler) DO UPDATE SET state = 'due', next_attempt_at = "
                    "excluded.next_attempt_at, "
                    "forgiven = attempts WHERE state IN ('done', 'dead')");
  std::int64_t count = 0;
  for (const std::int64_t event : events) {
    const Reset reset(insert);
    insert.bind(1, event);
    insert.bind(2, handler);
    count += insert.exec();
  }
  transaction.commit();
  return count;
}

} // namespace postbackd::store::sqlite

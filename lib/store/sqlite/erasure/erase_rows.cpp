#include "store/sqlite/erasure/erase_rows.hpp"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <vector>

#include "sqlite/statement.hpp"
#include "store/sqlite/common/empty_body.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/queries/event_table.hpp"
#include "store/sqlite/queries/usage_table.hpp"
#include "store/sqlite/submissions/parting.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr auto query_sql = R"(
  UPDATE queries
     SET label = NULL, key = NULL, metadata = NULL, group_name = NULL, trace = NULL, api = NULL, datasets = NULL,
         reason = iif(state = 'closed' OR waiting, 'erased', NULL), shares = 0,
         state = iif(waiting AND state <> 'failed' AND state <> 'lost', 'closed', state),
         closed_at = iif(waiting AND state <> 'failed' AND state <> 'lost', coalesce(closed_at, ?2), closed_at),
         erased_at = ?2
   WHERE id = ?1)";
constexpr auto submission_sql = R"(
  UPDATE submissions SET q = '', parameters = NULL, message = NULL, fingerprint = NULL, next_attempt_at = NULL, acknowledged = NULL
   WHERE correlation = (SELECT correlation FROM queries WHERE id = ?1))";
constexpr auto joined_queries_sql = R"(
  SELECT f.id FROM queries q JOIN queries f ON f.served_from = q.correlation WHERE q.id = ?1 AND f.state = 'joined')";
// An unmatched one must not answer a query that is registered later.
constexpr auto postback_sql = R"(
  UPDATE postbacks
     SET removed_at = ?2, problem = 'erased', content_type = NULL, content_encoding = NULL, charset = NULL, content = iif(query_row IS NULL, 'undecodable', content),
         kind = iif(query_row IS NULL, 'undecodable', kind)
   WHERE receipt = ?1)";
constexpr auto erase_pieces_sql = R"(
  INSERT INTO erased_pieces (body_id)
  SELECT raw_pieces FROM bodies WHERE receipt = ?1 AND raw_pieces IS NOT NULL
  UNION SELECT json_pieces FROM bodies WHERE receipt = ?1 AND json_pieces IS NOT NULL)";
constexpr auto object_sql = R"(
  UPDATE queue_objects
     SET request = '{}', message = NULL, key = NULL,
         processed_at = iif(state = 'pending' OR state = 'processing', ?2, processed_at),
         state = iif(state = 'pending' OR state = 'processing', 'failed', state)
   WHERE number = ?1)";
constexpr auto next_piece_sql = R"(
  SELECT body_id, (SELECT min(part) FROM pieces p WHERE p.body_id = e.body_id) FROM erased_pieces e LIMIT 1)";

void run(SQLite::Database& database, const std::string& sql, const std::string& name)
{
  SQLite::Statement statement(database, sql);
  bind_text(statement, 1, name);
  statement.exec();
}

void run(SQLite::Database& database, const std::string& sql, std::int64_t number,
         const std::string& text = {})
{
  SQLite::Statement statement(database, sql);
  statement.bind(1, number);
  if (!text.empty()) bind_text(statement, 2, text);
  statement.exec();
}

// Whether this is true of the query.
bool is(SQLite::Database& database, std::int64_t query, const std::string& condition)
{
  SQLite::Statement find(database, "SELECT " + condition + " FROM queries WHERE id = ?1");
  find.bind(1, query);
  return find.executeStep() && find.getColumn(0).getInt() != 0;
}

std::string correlation_of(SQLite::Database& database, std::int64_t query)
{
  SQLite::Statement find(database, "SELECT correlation FROM queries WHERE id = ?1");
  find.bind(1, query);
  return find.executeStep() ? text_or_empty(find, 0) : std::string();
}

// Nobody is given it any more, and what handlers said of it goes.
void erase_events(SQLite::Database& database, const std::string& condition, std::int64_t number)
{
  const std::string deliveries =
      "event_id IN (SELECT id FROM events WHERE kind <> 'erased' AND kind <> 'closed' AND " + condition + ")";
  run(database,
      "UPDATE attempts SET detail = NULL WHERE detail IS NOT NULL AND delivery IN "
      "(SELECT id FROM deliveries WHERE " +
          deliveries + ")",
      number);
  run(database,
      "UPDATE deliveries SET last_error = iif(state = 'done', NULL, 'erased'), message = NULL, "
      "reason = NULL, dismissed_at = iif(state = 'due' OR state = 'running' OR state = 'held', "
      "strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), dismissed_at), "
      "state = iif(state = 'due' OR state = 'running' OR state = 'held', 'dead', state) WHERE " +
          deliveries,
      number);
}

} // namespace

void erase_query(SQLite::Database& database, std::int64_t query, const std::string& now)
{
  // Those that have come to wait for its end since the search ask the same; nothing else would end them.
  std::vector<std::int64_t> joined;
  {
    SQLite::Statement find(database, joined_queries_sql);
    find.bind(1, query);
    while (find.executeStep())
      joined.push_back(find.getColumn(0).getInt64());
  }
  for (const std::int64_t other : joined)
    erase_query(database, other, now);
  EventTable events(database);
  if (is(database, query, "state = 'queued'"))
    UsageTable(database).give_back(correlation_of(database, query));
  if (is(database, query, "waiting AND NOT given_up"))
    events.append(model::EventKind::closed, {.query = query}, now);
  if (is(database, query, "erased_at IS NULL"))
    events.append(model::EventKind::erased, {.query = query}, now);
  run(database, query_sql, query, now);
  run(database, submission_sql, query);
  run(database, "DELETE FROM recoveries WHERE query_row = ?1", query);
  erase_events(database, "query_row = ?1", query);
}

void erase_own_query(SQLite::Database& database, std::int64_t query, const std::string& now)
{
  Parting(database).part(query, now);
  erase_query(database, query, now);
}

void erase_postback(SQLite::Database& database, std::int64_t receipt, const std::string& now)
{
  run(database, erase_pieces_sql, receipt);
  run(database, std::string(empty_body_sql) + "receipt = ?1", receipt);
  run(database, postback_sql, receipt, now);
  erase_events(database, "receipt = ?1", receipt);
}

void erase_object(SQLite::Database& database, std::int64_t number, const std::string& now)
{
  run(database, object_sql, number, now);
  erase_events(database, "object = ?1 AND kind <> 'app-event'", number);
}

void erase_app_event(SQLite::Database& database, std::int64_t number)
{
  run(database, "DELETE FROM app_events WHERE number = ?1", number);
  erase_events(database, "object = ?1 AND kind = 'app-event'", number);
}

void erase_delivery_texts(SQLite::Database& database, std::int64_t delivery)
{
  run(database, "UPDATE attempts SET detail = NULL WHERE delivery = ?1", delivery);
  run(database, "UPDATE deliveries SET last_error = NULL, message = NULL, reason = NULL WHERE id = ?1",
      delivery);
}

void erase_recovery_text(SQLite::Database& database, std::int64_t query)
{
  run(database, "UPDATE recoveries SET last_error = NULL WHERE query_row = ?1", query);
}

void erase_user(SQLite::Database& database, const std::string& user_id)
{
  run(database, "DELETE FROM app_registrations WHERE user_id = ?1", user_id);
  run(database, "DELETE FROM app_users WHERE user_id = ?1", user_id);
}

void erase_fan(SQLite::Database& database, const std::string& document)
{
  run(database, "DELETE FROM fans WHERE document = ?1", document);
}

void erase_audited_name(SQLite::Database& database, std::int64_t audit)
{
  run(database, "UPDATE audit SET query = 'erased' WHERE id = ?1", audit);
}

void erase_group_name(SQLite::Database& database, std::int64_t group)
{
  run(database, "UPDATE groups SET name = 'erased-' || lower(hex(randomblob(8))) WHERE id = ?1", group);
}

void erase_submission(SQLite::Database& database, const std::string& correlation)
{
  run(database, "DELETE FROM submissions WHERE correlation = ?1", correlation);
}

void erase_remote_id(SQLite::Database& database, const std::string& key)
{
  run(database, "UPDATE fanbase_sent SET remote_id = 'erased' WHERE key = ?1", key);
}

void erase_registration(SQLite::Database& database)
{
  database.exec("UPDATE registration SET query_id = NULL, correlation = NULL, label = NULL, api = NULL, "
                "datasets = NULL, key = NULL, metadata = NULL, group_name = NULL, trace = NULL");
}

bool erase_piece(SQLite::Database& database)
{
  SQLite::Statement next(database, next_piece_sql);
  if (!next.executeStep()) return false;
  const std::int64_t body = next.getColumn(0).getInt64();
  const auto part = number_or_nothing(next, 1);
  next.reset();
  SQLite::Statement remove(database, part ? "DELETE FROM pieces WHERE body_id = ?1 AND part = ?2"
                                          : "DELETE FROM erased_pieces WHERE body_id = ?1");
  remove.bind(1, body);
  if (part) remove.bind(2, *part);
  remove.exec();
  return true;
}

} // namespace postbackd::store::sqlite

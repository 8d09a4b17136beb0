#include "store/tables/erasure/erase_rows.hpp"

#include <vector>

#include "base/digest.hpp"
#include "sql/statement.hpp"
#include "store/tables/common/empty_body.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/queries/event_table.hpp"
#include "store/tables/queries/usage_table.hpp"
#include "store/tables/submissions/parting.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr auto query_sql = R"(
  UPDATE queries
     SET label = NULL, key = NULL, metadata = NULL, group_name = NULL, trace = NULL, api = NULL, datasets = NULL,
         reason = CASE WHEN state = 'closed' OR waiting THEN 'erased' END, shares = FALSE,
         state = CASE WHEN waiting AND state <> 'failed' AND state <> 'lost' THEN 'closed' ELSE state END,
         closed_at = CASE WHEN waiting AND state <> 'failed' AND state <> 'lost' THEN coalesce(closed_at, ?2) ELSE closed_at END,
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
     SET removed_at = ?2, problem = 'erased', content_type = NULL, content_encoding = NULL, charset = NULL, content = CASE WHEN query_row IS NULL THEN 'undecodable' ELSE content END,
         kind = CASE WHEN query_row IS NULL THEN 'undecodable' ELSE kind END
   WHERE receipt = ?1)";
constexpr auto erase_pieces_sql = R"(
  INSERT INTO erased_pieces (body_id)
  SELECT raw_pieces FROM bodies WHERE receipt = ?1 AND raw_pieces IS NOT NULL
  UNION SELECT json_pieces FROM bodies WHERE receipt = ?1 AND json_pieces IS NOT NULL)";
constexpr auto object_sql = R"(
  UPDATE queue_objects
     SET request = '{}', message = NULL, key = NULL,
         processed_at = CASE WHEN state = 'pending' OR state = 'processing' THEN ?2 ELSE processed_at END,
         state = CASE WHEN state = 'pending' OR state = 'processing' THEN 'failed' ELSE state END
   WHERE number = ?1)";
constexpr auto next_piece_sql = R"(
  SELECT body_id, (SELECT min(part) FROM pieces p WHERE p.body_id = e.body_id) FROM erased_pieces e LIMIT 1)";

void run(sql::Database& database, const std::string& sql, const std::string& name)
{
  sql::Statement statement(database, sql);
  bind_text(statement, 1, name);
  statement.exec();
}

void run(sql::Database& database, const std::string& sql, std::int64_t number, const std::string& text = {})
{
  sql::Statement statement(database, sql);
  statement.bind(1, number);
  if (!text.empty()) bind_text(statement, 2, text);
  statement.exec();
}

// Whether this is true of the query.
bool is(sql::Database& database, std::int64_t query, const std::string& condition)
{
  sql::Statement find(database, "SELECT " + condition + " FROM queries WHERE id = ?1");
  find.bind(1, query);
  return find.step() && find.column(0).int32() != 0;
}

std::string correlation_of(sql::Database& database, std::int64_t query)
{
  sql::Statement find(database, "SELECT correlation FROM queries WHERE id = ?1");
  find.bind(1, query);
  return find.step() ? text_or_empty(find, 0) : std::string();
}

// Nobody is given it any more, and what handlers said of it goes.
void erase_events(sql::Database& database, const std::string& condition, std::int64_t number,
                  const std::string& now)
{
  const std::string deliveries =
      "event_id IN (SELECT id FROM events WHERE kind <> 'erased' AND kind <> 'closed' AND " + condition + ")";
  run(database,
      "UPDATE attempts SET detail = NULL WHERE detail IS NOT NULL AND delivery IN "
      "(SELECT id FROM deliveries WHERE " +
          deliveries + ")",
      number);
  run(database,
      "UPDATE deliveries SET last_error = CASE WHEN state <> 'done' THEN 'erased' END, message = NULL, "
      "reason = NULL, dismissed_at = CASE WHEN state = 'due' OR state = 'running' OR state = 'held' "
      "THEN ?2 ELSE dismissed_at END, "
      "state = CASE WHEN state = 'due' OR state = 'running' OR state = 'held' THEN 'dead' ELSE state END "
      "WHERE " +
          deliveries,
      number, now);
}

} // namespace

void erase_query(sql::Database& database, std::int64_t query, const std::string& now)
{
  // Those that have come to wait for its end since the search ask the same; nothing else would end them.
  std::vector<std::int64_t> joined;
  {
    sql::Statement find(database, joined_queries_sql);
    find.bind(1, query);
    while (find.step())
      joined.push_back(find.column(0).int64());
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
  erase_events(database, "query_row = ?1", query, now);
}

void erase_own_query(sql::Database& database, std::int64_t query, const std::string& now)
{
  Parting(database).part(query, now);
  erase_query(database, query, now);
}

void erase_postback(sql::Database& database, std::int64_t receipt, const std::string& now)
{
  run(database, erase_pieces_sql, receipt);
  run(database, std::string(empty_body_sql) + "receipt = ?1", receipt);
  run(database, postback_sql, receipt, now);
  erase_events(database, "receipt = ?1", receipt, now);
}

void erase_object(sql::Database& database, std::int64_t number, const std::string& now)
{
  run(database, object_sql, number, now);
  erase_events(database, "object = ?1 AND kind <> 'app-event'", number, now);
}

void erase_app_event(sql::Database& database, std::int64_t number, const std::string& now)
{
  run(database, "DELETE FROM app_events WHERE number = ?1", number);
  erase_events(database, "object = ?1 AND kind = 'app-event'", number, now);
}

void erase_delivery_texts(sql::Database& database, std::int64_t delivery)
{
  run(database, "UPDATE attempts SET detail = NULL WHERE delivery = ?1", delivery);
  run(database, "UPDATE deliveries SET last_error = NULL, message = NULL, reason = NULL WHERE id = ?1",
      delivery);
}

void erase_recovery_text(sql::Database& database, std::int64_t query)
{
  run(database, "UPDATE recoveries SET last_error = NULL WHERE query_row = ?1", query);
}

void erase_user(sql::Database& database, const std::string& user_id)
{
  run(database, "DELETE FROM app_registrations WHERE user_id = ?1", user_id);
  run(database, "DELETE FROM app_users WHERE user_id = ?1", user_id);
}

void erase_fan(sql::Database& database, const std::string& document)
{
  run(database, "DELETE FROM fans WHERE document = ?1", document);
}

void erase_audited_name(sql::Database& database, std::int64_t audit)
{
  run(database, "UPDATE audit SET query = 'erased' WHERE id = ?1", audit);
}

void erase_group_name(sql::Database& database, std::int64_t group)
{
  run(database, "UPDATE groups SET name = ?2 WHERE id = ?1", group,
      "erased-" + base::to_hex(base::random_bytes(8)));
}

void erase_submission(sql::Database& database, const std::string& correlation)
{
  run(database, "DELETE FROM submissions WHERE correlation = ?1", correlation);
}

void erase_remote_id(sql::Database& database, const std::string& key)
{
  run(database, "UPDATE fanbase_sent SET remote_id = 'erased' WHERE key = ?1", key);
}

bool erase_piece(sql::Database& database)
{
  sql::Statement next(database, next_piece_sql);
  if (!next.step()) return false;
  const std::int64_t body = next.column(0).int64();
  const auto part = number_or_nothing(next, 1);
  next.reset();
  sql::Statement remove(database, part ? "DELETE FROM pieces WHERE body_id = ?1 AND part = ?2"
                                       : "DELETE FROM erased_pieces WHERE body_id = ?1");
  remove.bind(1, body);
  if (part) remove.bind(2, *part);
  remove.exec();
  return true;
}

} // namespace postbackd::store::tables

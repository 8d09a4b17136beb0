// The statements of an erasure. Each query is erased in one transaction.
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include "sqlite/statement.hpp"
#include "store/sqlite/erasure/erasure.hpp"
#include "store/sqlite/names.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

// What others have joined or shared ends with it; a waiting query is closed.
constexpr auto query_sql = R"(
  UPDATE queries
     SET label = NULL, key = NULL, metadata = NULL, reason = iif(state = 'closed' OR waiting, 'erased', NULL), shares = 0,
         state = iif(waiting AND state <> 'failed' AND state <> 'lost', 'closed', state),
         closed_at = iif(waiting AND state <> 'failed' AND state <> 'lost', coalesce(closed_at, ?2), closed_at),
         erased_at = ?2
   WHERE id = ?1)";
constexpr auto end_sql = R"(
  INSERT INTO events (kind, query_row, created_at)
  SELECT 'closed', id, ?2 FROM queries WHERE id = ?1 AND waiting AND state NOT IN ('failed', 'lost', 'closed'))";
// An unmatched one must not answer a query that is registered later.
constexpr auto postback_sql = R"(
  UPDATE postbacks
     SET removed_at = ?2, problem = 'erased', content = iif(query_row IS NULL, 'undecodable', content),
         kind = iif(query_row IS NULL, 'undecodable', kind)
   WHERE receipt = ?1)";

} // namespace

void Erasure::run(const std::string& sql, std::initializer_list<std::int64_t> numbers,
                  const std::string& text)
{
  SQLite::Statement statement(database_, sql);
  int index = 0;
  for (const std::int64_t number : numbers)
    statement.bind(++index, number);
  if (!text.empty()) bind_text(statement, ++index, text);
  statement.exec();
}

void Erasure::erase(base::TimePoint now)
{
  const std::string time = text::format_time(now);
  const auto in_transaction = [this](auto work) {
    SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
    work();
    transaction.commit();
  };
  for (const std::int64_t row : queries_)
    in_transaction([&] { erase_query(row, time); });
  for (const std::int64_t receipt : postbacks_)
    in_transaction([&] { erase_postback(receipt, time); });
  in_transaction([&] { finish(time); });
}

void Erasure::erase_in_transaction(base::TimePoint now)
{
  const std::string time = text::format_time(now);
  for (const std::int64_t row : queries_)
    erase_query(row, time);
  finish(time);
}

void Erasure::finish(const std::string& now)
{
  erase_fanbase(now);
  if (which_.document) erase_texts();
  // The variables of the last registration.
  run("UPDATE registration SET label = NULL, key = NULL, metadata = NULL", {});
  SQLite::Statement insert(
      database_, "INSERT INTO erasures (erased_at, reason, queries, postbacks, objects, app_events) "
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
  bind_text(insert, 1, now);
  bind_word(insert, 2, which_.document ? "document" : "query");
  int index = 3;
  for (const auto* numbers : {&queries_, &postbacks_, &objects_, &app_events_})
    insert.bind(index++, static_cast<std::int64_t>(numbers->size()));
  insert.exec();
  run("UPDATE settings SET value = ?1 WHERE name = 'scrub'", {}, now);
}

void Erasure::erase_query(std::int64_t row, const std::string& now)
{
  std::vector<std::int64_t> receipts;
  SQLite::Statement find(database_,
                         "SELECT receipt FROM queries WHERE id = ?1 AND receipt IS NOT NULL UNION "
                         "SELECT receipt FROM postbacks WHERE query_row = ?1 AND kind <> 'result'");
  find.bind(1, row);
  while (find.executeStep())
    receipts.push_back(find.getColumn(0).getInt64());
  find.reset();
  for (const std::int64_t receipt : receipts)
    erase_postback(receipt, now);
  // Those that wait for its end ask the same; nothing else would end them.
  std::vector<std::int64_t> joined;
  SQLite::Statement join(database_,
                         "SELECT f.id FROM queries q JOIN queries f ON f.served_from = q.correlation "
                         "WHERE q.id = ?1 AND f.state = 'joined'");
  join.bind(1, row);
  while (join.executeStep())
    joined.push_back(join.getColumn(0).getInt64());
  join.reset();
  for (const std::int64_t other : joined)
    erase_query(other, now);
  run(end_sql, {row}, now);
  run(query_sql, {row}, now);
  run("UPDATE submissions SET q = '', message = NULL, fingerprint = NULL, next_attempt_at = NULL "
      "WHERE correlation = (SELECT correlation FROM queries WHERE id = ?1)",
      {row});
  run("DELETE FROM recoveries WHERE query_row = ?1", {row});
  erase_events("query_row = ?1", row);
}

void Erasure::erase_postback(std::int64_t receipt, const std::string& now)
{
  run("DELETE FROM pieces WHERE body_id IN (SELECT raw_pieces FROM bodies WHERE receipt = ?1 UNION "
      "SELECT json_pieces FROM bodies WHERE receipt = ?1)",
      {receipt});
  run("UPDATE bodies SET raw = x'', json = NULL, raw_pieces = NULL, json_pieces = NULL WHERE receipt = ?1",
      {receipt});
  run(postback_sql, {receipt}, now);
  erase_events("receipt = ?1", receipt);
}

// Nobody is given it any more, and what handlers said of it goes.
void Erasure::erase_events(const std::string& condition, std::int64_t number)
{
  const std::string events = "(SELECT id FROM events WHERE " + condition + ")";
  run("UPDATE attempts SET detail = NULL WHERE detail IS NOT NULL AND delivery IN "
      "(SELECT id FROM deliveries WHERE event_id IN " +
          events + ")",
      {number});
  run("UPDATE deliveries SET last_error = iif(state = 'done', NULL, 'erased'), message = NULL, "
      "state = iif(state = 'due' OR state = 'running' OR state = 'held', 'dead', state) WHERE event_id IN " +
          events,
      {number});
}

void Erasure::erase_fanbase(const std::string& now)
{
  for (const std::int64_t number : objects_) {
    run("UPDATE queue_objects SET request = '{}', message = NULL, key = NULL, "
        "processed_at = iif(state = 'pending' OR state = 'processing', ?2, processed_at), "
        "state = iif(state = 'pending' OR state = 'processing', 'failed', state) WHERE number = ?1",
        {number}, now);
    erase_events("object = ?1 AND kind <> 'app-event'", number);
  }
  for (const std::int64_t number : app_events_) {
    run("DELETE FROM app_events WHERE number = ?1", {number});
    erase_events("object = ?1 AND kind = 'app-event'", number);
  }
}

// The person as a user of apps, and what handlers have said of it in other deliveries.
void Erasure::erase_texts()
{
  run("DELETE FROM app_registrations WHERE user_id IN (SELECT user_id FROM app_users WHERE "
      "mentions(document))",
      {});
  run("DELETE FROM app_users WHERE mentions(document)", {});
  run("DELETE FROM fans WHERE mentions(document)", {});
  run("UPDATE attempts SET detail = NULL WHERE mentions(detail)", {});
  run("UPDATE deliveries SET last_error = NULL WHERE mentions(last_error)", {});
  run("UPDATE deliveries SET message = NULL WHERE mentions(message)", {});
  run("UPDATE recoveries SET last_error = NULL WHERE mentions(last_error)", {});
}

} // namespace postbackd::store::sqlite

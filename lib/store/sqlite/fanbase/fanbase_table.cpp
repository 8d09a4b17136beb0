#include "store/sqlite/fanbase/fanbase_table.hpp"

#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <utility>

#include "sqlite/statement.hpp"
#include "store/object_step.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/queries/event_table.hpp"
#include "store/sqlite/submissions/submission_queue.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr auto object_columns = "id, client, action, request, created_at, state, processed_at, message, key";

// The columns of store::ObjectFacts, after the number. An event is routed once it has its deliveries.
constexpr auto facts_sql = R"(
  WITH open AS (
    SELECT o.number, o.action, o.state, o.created_at, o.message AS reason, o.correlation IS NOT NULL AS asks, q.state AS query, s.message,
           (SELECT max(id) FROM events WHERE kind = iif(o.action = 'ticket-create', 'ticket-create', 'update-fandata') AND object = o.number) AS own,
           (SELECT max(id) FROM events WHERE receipt = q.receipt AND query_row IS NULL AND (kind = 'result' OR kind = 'recovered')) AS result
      FROM queue_objects o LEFT JOIN queries q ON q.correlation = o.correlation
                           LEFT JOIN submissions s ON s.correlation = o.correlation
     WHERE (o.state = 'pending' OR o.state = 'processing') AND o.number > ?1 ORDER BY o.number LIMIT ?2)
  SELECT number, action, state, created_at, reason, asks, query, message, result IS NOT NULL,
         max(own, coalesce(result, 0)) <= (SELECT CAST(value AS INTEGER) FROM settings WHERE name = 'routed')
           OR (NOT ?3 AND NOT EXISTS (SELECT 1 FROM handlers WHERE active)),
         EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = own),
         EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id IN (own, result) AND d.attempts > 0),
         EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id IN (own, result) AND d.state <> 'done' AND d.state <> 'dead'),
         EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id IN (own, result) AND d.state = 'dead'),
         (SELECT max(d.message) FROM deliveries d WHERE d.event_id IN (own, result) AND d.state = 'done'),
         (SELECT max(d.message) FROM deliveries d WHERE d.event_id IN (own, result) AND d.state = 'dead')
    FROM open)";

ObjectFacts facts_of(SQLite::Statement& row)
{
  const auto is = [&row](int column) { return row.getColumn(column).getInt() != 0; };
  ObjectFacts facts;
  facts.action = text_or_empty(row, 1);
  facts.state = word_of<ObjectState>(row, 2, object_state_of);
  facts.created_at = time_of(row, 3);
  facts.reason = text_or_empty(row, 4);
  facts.asks = is(5);
  if (!row.getColumn(6).isNull()) facts.query = word_of<model::QueryState>(row, 6, model::query_state_of);
  facts.said_by_platform = text_or_empty(row, 7);
  facts.has_result = is(8);
  facts.is_routed = is(9);
  facts.is_taken = is(10);
  facts.has_begun = is(11);
  facts.has_unfinished = is(12);
  facts.has_dead = is(13);
  facts.said = text_or_nothing(row, 14);
  facts.refusal = text_or_nothing(row, 15);
  return facts;
}

QueueObject object_of(SQLite::Statement& row)
{
  const auto text = [&row](int column) { return row.getColumn(column).getString(); };
  return {text(0),
          text(1),
          text(2),
          text(3),
          time_of(row, 4),
          word_of<ObjectState>(row, 5, object_state_of),
          time_or_nothing(row, 6),
          text_or_nothing(row, 7),
          text_or_nothing(row, 8)};
}

std::optional<QueueObject> object_with(SQLite::Database& database, const std::string& condition,
                                       const std::string& first, const std::string& second)
{
  SQLite::Statement find(database,
                         std::string("SELECT ") + object_columns + " FROM queue_objects WHERE " + condition);
  find.bind(1, first);
  find.bind(2, second);
  if (!find.executeStep()) return std::nullopt;
  return object_of(find);
}

} // namespace

void insert_token(SQLite::Database& database, const AccessToken& token, base::TimePoint now)
{
  SQLite::Statement forget(database, "DELETE FROM fanbase_tokens WHERE expires_at <= ?1");
  forget.bind(1, text::format_time(now));
  forget.exec();
  const std::string expires_at = text::format_time(token.expires_at);
  SQLite::Statement insert(database,
                           "INSERT INTO fanbase_tokens (digest, client, expires_at) VALUES (?1, ?2, ?3)");
  bind_blob(insert, 1, token.digest);
  bind_text(insert, 2, token.client);
  bind_text(insert, 3, expires_at);
  insert.exec();
}

QueueObject insert_object(SQLite::Database& database, const QueueObject& object,
                          const std::optional<ObjectSubmission>& submission, base::TimePoint now)
{
  if (object.key)
    if (auto known = object_with(database, "client = ?1 AND key = ?2", object.client, *object.key))
      return *known;
  std::optional<std::string> correlation;
  if (submission)
    correlation =
        SubmissionQueue(database).enqueue(submission->submission, submission->route, now).correlation;
  SQLite::Statement insert(database, R"(
    INSERT INTO queue_objects (id, client, action, request, created_at, state, processed_at, message, key, correlation)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10))");
  const std::string created_at = text::format_time(object.created_at);
  const auto processed_at =
      object.processed_at ? std::optional(text::format_time(*object.processed_at)) : std::nullopt;
  int index = 1;
  for (const std::string* text : {&object.id, &object.client, &object.action, &object.request, &created_at})
    bind_text(insert, index++, *text);
  bind_word(insert, index++, to_text(object.state));
  for (const std::optional<std::string>* text :
       {&processed_at, &object.message, &object.key, &std::as_const(correlation)})
    bind_text_or_null(insert, index++, *text);
  insert.exec();
  using model::EventKind;
  EventTable(database).append(object.action == "ticket-create" ? EventKind::ticket_create
                                                               : EventKind::update_fandata,
                              {.object = database.getLastInsertRowid()}, text::format_time(now));
  return object;
}

std::optional<QueueObject> find_object(SQLite::Database& database, const std::string& client,
                                       const std::string& id)
{
  return object_with(database, "client = ?1 AND id = ?2", client, id);
}

std::vector<ObjectStep> find_steps(SQLite::Database& database, std::int64_t& last, std::size_t most,
                                   bool has_handlers, base::TimePoint now)
{
  std::vector<ObjectStep> steps;
  SQLite::Statement find(database, facts_sql);
  find.bind(1, last);
  find.bind(2, static_cast<std::int64_t>(most));
  find.bind(3, has_handlers ? 1 : 0);
  std::size_t seen = 0;
  for (; find.executeStep(); ++seen) {
    last = std::max(last, find.getColumn(0).getInt64());
    const ObjectFacts facts = facts_of(find);
    ObjectNext next = next_of(facts, now);
    if (next.state != facts.state)
      steps.push_back({find.getColumn(0).getInt64(), next.state, std::move(next.message)});
  }
  if (seen < most) last = 0;
  return steps;
}

void take_step(SQLite::Database& database, const ObjectStep& step, base::TimePoint now)
{
  if (step.state == ObjectState::processing) {
    SQLite::Statement begin(
        database, "UPDATE queue_objects SET state = 'processing' WHERE number = ?1 AND state = 'pending'");
    begin.bind(1, step.number);
    begin.exec();
    return;
  }
  SQLite::Statement end(database, R"(
    UPDATE queue_objects
       SET state = ?2, processed_at = ?3, message = ?4
     WHERE number = ?1 AND (state = 'pending' OR state = 'processing'))");
  end.bind(1, step.number);
  bind_word(end, 2, to_text(step.state));
  end.bind(3, text::format_time(now));
  end.bind(4, step.message);
  end.exec();
}

} // namespace postbackd::store::sqlite

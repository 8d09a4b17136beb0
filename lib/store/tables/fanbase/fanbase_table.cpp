#include "store/tables/fanbase/fanbase_table.hpp"

#include <algorithm>
#include <utility>

#include "sql/statement.hpp"
#include "store/object_step.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/queries/event_table.hpp"
#include "store/tables/submissions/submission_queue.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr auto object_columns = "id, client, action, request, created_at, state, processed_at, message, key";

// The columns of store::ObjectFacts, after the number. An event is routed once it has its deliveries.
constexpr auto facts_sql = R"(
  WITH open AS (
    SELECT o.number, o.action, o.state, o.created_at, o.message AS reason, o.correlation IS NOT NULL AS asks, q.state AS query, s.message,
           (SELECT max(id) FROM events WHERE kind = CASE WHEN o.action = 'ticket-create' THEN 'ticket-create' ELSE 'update-fandata' END AND object = o.number) AS own,
           (SELECT max(id) FROM events WHERE receipt = q.receipt AND query_row IS NULL AND (kind = 'result' OR kind = 'recovered')) AS result
      FROM queue_objects o LEFT JOIN queries q ON q.correlation = o.correlation
                           LEFT JOIN submissions s ON s.correlation = o.correlation
     WHERE (o.state = 'pending' OR o.state = 'processing') AND o.number > ?1 ORDER BY o.number LIMIT ?2)
  SELECT number, action, state, created_at, reason, asks, query, message, result IS NOT NULL,
         own <= (SELECT CAST(value AS BIGINT) FROM settings WHERE name = 'routed')
           AND coalesce(result, 0) <= (SELECT CAST(value AS BIGINT) FROM settings WHERE name = 'routed')
           OR (NOT ?3 AND NOT EXISTS (SELECT 1 FROM handlers WHERE active)),
         EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = own),
         EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id IN (own, result) AND d.attempts > 0),
         EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id IN (own, result) AND d.state <> 'done' AND d.state <> 'dead'),
         EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id IN (own, result) AND d.state = 'dead'),
         (SELECT max(d.message) FROM deliveries d WHERE d.event_id IN (own, result) AND d.state = 'done'),
         (SELECT max(d.message) FROM deliveries d WHERE d.event_id IN (own, result) AND d.state = 'dead')
    FROM open)";

ObjectFacts facts_of(sql::Statement& row)
{
  const auto is = [&row](int column) { return row.column(column).int32() != 0; };
  ObjectFacts facts;
  facts.action = text_or_empty(row, 1);
  facts.state = word_of<ObjectState>(row, 2, object_state_of);
  facts.created_at = time_of(row, 3);
  facts.reason = text_or_empty(row, 4);
  facts.asks = is(5);
  if (!row.column(6).is_null()) facts.query = word_of<model::QueryState>(row, 6, model::query_state_of);
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

QueueObject object_of(sql::Statement& row)
{
  const auto text = [&row](int column) { return row.column(column).text(); };
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

std::optional<QueueObject> object_with(sql::Database& database, const std::string& condition,
                                       const std::string& first, const std::string& second)
{
  sql::Statement find(database,
                      std::string("SELECT ") + object_columns + " FROM queue_objects WHERE " + condition);
  find.bind(1, first);
  find.bind(2, second);
  if (!find.step()) return std::nullopt;
  return object_of(find);
}

} // namespace

void insert_token(sql::Database& database, const AccessToken& token, base::TimePoint now)
{
  sql::Statement forget(database, "DELETE FROM fanbase_tokens WHERE expires_at <= ?1");
  forget.bind(1, text::format_time(now));
  forget.exec();
  const std::string expires_at = text::format_time(token.expires_at);
  sql::Statement insert(database,
                        "INSERT INTO fanbase_tokens (digest, client, expires_at) VALUES (?1, ?2, ?3)");
  bind_blob(insert, 1, token.digest);
  bind_text(insert, 2, token.client);
  bind_text(insert, 3, expires_at);
  insert.exec();
}

QueueObject insert_object(sql::Database& database, const QueueObject& object,
                          const std::optional<ObjectSubmission>& submission, base::TimePoint now)
{
  if (object.key)
    if (auto known = object_with(database, "client = ?1 AND key = ?2", object.client, *object.key))
      return *known;
  std::optional<std::string> correlation;
  if (submission)
    correlation =
        SubmissionQueue(database).enqueue(submission->submission, submission->route, now).correlation;
  sql::Statement insert(database, R"(
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
  const std::int64_t number = insert.insert("number");
  using model::EventKind;
  EventTable(database).append(object.action == "ticket-create" ? EventKind::ticket_create
                                                               : EventKind::update_fandata,
                              {.object = number}, text::format_time(now));
  return object;
}

std::optional<QueueObject> find_object(sql::Database& database, const std::string& client,
                                       const std::string& id)
{
  return object_with(database, "client = ?1 AND id = ?2", client, id);
}

std::vector<ObjectRecord> list_objects(sql::Database& database, std::int64_t before, std::size_t most)
{
  sql::Statement list(database, R"(
    SELECT number, id, client, action, state, created_at, processed_at, message FROM queue_objects
     WHERE number < ?1 ORDER BY number DESC LIMIT ?2)");
  list.bind(1, before);
  list.bind(2, static_cast<std::int64_t>(most));
  std::vector<ObjectRecord> objects;
  while (list.step())
    objects.push_back({list.column(0).int64(), text_or_empty(list, 1), text_or_empty(list, 2),
                       text_or_empty(list, 3), word_of<ObjectState>(list, 4, object_state_of),
                       time_of(list, 5), time_or_nothing(list, 6), text_or_empty(list, 7)});
  return objects;
}

std::vector<ObjectStep> find_steps(sql::Database& database, std::int64_t& last, std::size_t most,
                                   bool has_handlers, base::TimePoint now)
{
  std::vector<ObjectStep> steps;
  sql::Statement find(database, facts_sql);
  find.bind(1, last);
  find.bind(2, static_cast<std::int64_t>(most));
  find.bind(3, has_handlers ? 1 : 0);
  std::size_t seen = 0;
  for (; find.step(); ++seen) {
    last = std::max(last, find.column(0).int64());
    const ObjectFacts facts = facts_of(find);
    ObjectNext next = next_of(facts, now);
    if (next.state != facts.state)
      steps.push_back({find.column(0).int64(), next.state, std::move(next.message)});
  }
  if (seen < most) last = 0;
  return steps;
}

void take_step(sql::Database& database, const ObjectStep& step, base::TimePoint now)
{
  if (step.state == ObjectState::processing) {
    sql::Statement begin(
        database, "UPDATE queue_objects SET state = 'processing' WHERE number = ?1 AND state = 'pending'");
    begin.bind(1, step.number);
    begin.exec();
    return;
  }
  sql::Statement end(database, R"(
    UPDATE queue_objects
       SET state = ?2, processed_at = ?3, message = ?4
     WHERE number = ?1 AND (state = 'pending' OR state = 'processing'))");
  end.bind(1, step.number);
  bind_word(end, 2, to_text(step.state));
  end.bind(3, text::format_time(now));
  end.bind(4, step.message);
  end.exec();
}

} // namespace postbackd::store::tables

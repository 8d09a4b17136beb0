#include "store/sqlite/question_queue.hpp"

#include <SQLiteCpp/Statement.h>

#include "model/correlation.hpp"
#include "store/sqlite/statement.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr auto known_sql = R"(
  SELECT s.correlation, q.api = ?2 AND q.datasets = ?3 AND s.q = ?4, q.state = 'failed'
    FROM questions s JOIN queries q ON q.correlation = s.correlation WHERE s.key = ?1)";
constexpr auto refused_sql = "UPDATE queries SET state = 'queued' WHERE correlation = ?1";
constexpr auto queue_sql =
    "UPDATE questions SET next_attempt_at = ?2, route = ?3, deadline = ?4 WHERE correlation = ?1";
constexpr auto insert_query_sql = R"(
  INSERT INTO queries (correlation, label, api, datasets, state, created_at, deadline_at)
  VALUES (?1, ?2, ?3, ?4, 'queued', ?5, ?6))";
constexpr auto insert_question_sql = R"(
  INSERT INTO questions (correlation, key, route, q, deadline, next_attempt_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6))";

constexpr auto find_sql = R"(
  SELECT q.correlation, q.query_id, q.state, q.label, q.api, q.datasets, q.created_at, q.deadline_at, q.answered_at,
         (SELECT status FROM postbacks p WHERE p.receipt = q.receipt), q.receipt, s.code, s.message
    FROM queries q LEFT JOIN questions s ON s.correlation = q.correlation
   WHERE q.id = coalesce((SELECT id FROM queries WHERE correlation = ?1),
                         (SELECT id FROM queries WHERE query_id = ?1 AND waiting),
                         (SELECT max(f.id) FROM stats d CROSS JOIN queries f ON f.day = d.day AND f.query_id = ?1)))";

void queue_again(SQLite::Database& database, const std::string& correlation, const std::string& route,
                 std::chrono::seconds deadline, const std::string& now)
{
  SQLite::Statement refused(database, refused_sql);
  bind_text(refused, 1, correlation);
  refused.exec();
  SQLite::Statement queue(database, queue_sql);
  bind_text(queue, 1, correlation);
  bind_text(queue, 2, now);
  bind_text(queue, 3, route);
  queue.bind(4, static_cast<std::int64_t>(deadline.count()));
  queue.exec();
}

} // namespace

std::vector<Queued> enqueue(SQLite::Database& database, const std::vector<model::Question>& questions,
                            const std::string& route, base::TimePoint now)
{
  SQLite::Statement known(database, known_sql);
  SQLite::Statement insert_query(database, insert_query_sql);
  SQLite::Statement insert_question(database, insert_question_sql);
  const std::string time = text::format_time(now);
  std::vector<Queued> result;
  for (const model::Question& question : questions) {
    if (question.key) {
      const Reset reset(known);
      bind_text(known, 1, *question.key);
      bind_text(known, 2, question.api);
      bind_text(known, 3, question.datasets);
      bind_text(known, 4, question.q);
      if (known.executeStep()) {
        const std::string correlation = known.getColumn(0).getString();
        const bool is_same = known.getColumn(1).getInt() != 0;
        const bool again = is_same && known.getColumn(2).getInt() != 0;
        if (again) queue_again(database, correlation, route, question.deadline, time);
        result.push_back({correlation, again, !is_same});
        continue;
      }
    }
    const std::string correlation = model::new_correlation();
    const std::string deadline_at = text::format_time(now + question.deadline);
    bind_text(insert_query, 1, correlation);
    bind_text_or_null(insert_query, 2, question.label);
    bind_text(insert_query, 3, question.api);
    bind_text(insert_query, 4, question.datasets);
    bind_text(insert_query, 5, time);
    bind_text(insert_query, 6, deadline_at);
    execute(insert_query);
    bind_text(insert_question, 1, correlation);
    bind_text_or_null(insert_question, 2, question.key);
    bind_text(insert_question, 3, route);
    bind_text(insert_question, 4, question.q);
    insert_question.bind(5, static_cast<std::int64_t>(question.deadline.count()));
    bind_text(insert_question, 6, time);
    execute(insert_question);
    result.push_back({correlation, true});
  }
  return result;
}

std::optional<QueryState> find_query_state(SQLite::Database& database, const std::string& id)
{
  SQLite::Statement find(database, find_sql);
  bind_text(find, 1, id);
  if (!find.executeStep()) return std::nullopt;
  const auto text = [&find](int column) { return text_or_nothing(find, column).value_or(""); };
  const auto number = [&find](int column) {
    const SQLite::Column value = find.getColumn(column);
    return value.isNull() ? std::nullopt : std::optional<std::int64_t>(value.getInt64());
  };
  return QueryState{text(0), text(1), text(2), text(3),    text(4),    text(5), text(6),
                    text(7), text(8), text(9), number(10), number(11), text(12)};
}

} // namespace postbackd::store::sqlite

#include <fmt/format.h>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/submissions/expiry.hpp"
#include "store/tables/submissions/sharing.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr std::size_t marked = 8; // of a fingerprint, in its index

constexpr auto answered_sql = R"(
  SELECT q.correlation, q.receipt
    FROM submissions s JOIN queries q ON q.correlation = s.correlation JOIN postbacks p ON p.receipt = q.receipt
   WHERE substr(s.fingerprint, 1, 8) = ?3 AND s.fingerprint = ?1 AND q.answered_at >= ?2 AND p.status IS DISTINCT FROM 'failed' AND p.removed_at IS NULL
   ORDER BY q.answered_at DESC LIMIT 1)";
constexpr auto under_way_sql = R"(
  SELECT q.correlation, NULL
    FROM submissions s JOIN queries q ON q.correlation = s.correlation
   WHERE substr(s.fingerprint, 1, 8) = ?2 AND s.fingerprint = ?1 AND q.waiting AND NOT q.given_up AND q.state <> 'joined'
   ORDER BY q.id DESC LIMIT 1)";
constexpr auto insert_served_sql = R"(
  INSERT INTO queries (correlation, label, api, datasets, created_at, deadline_at, client, key, metadata, served_from, state,
                       answered_at, receipt, touched, group_name, trace)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?14, ?15, ?11,
          ?16, ?12, ?13))";
// Should it be sent after all, it takes its turn like any other.
constexpr auto insert_copy_sql = R"(
  INSERT INTO submissions (correlation, route, q, deadline, deadline_at, expires_at, lane, parameters)
  SELECT ?1, route, ?2, ?3, ?5, coalesce(?6, ?5, {}),
         (SELECT g.id FROM queries q JOIN groups g ON g.client = q.client AND g.name = coalesce(q.group_name, '') WHERE q.correlation = ?1), ?8
    FROM submissions WHERE correlation = ?4)";
constexpr auto share_sql = "UPDATE queries SET shares = TRUE WHERE correlation = ?1";

std::optional<Source> read_source(sql::Statement& find)
{
  if (!find.step()) return std::nullopt;
  return Source{find.column(0).text(), number_or_nothing(find, 1)};
}

} // namespace

ServedQueries::ServedQueries(sql::Database& database)
    : answered_(database, answered_sql), under_way_(database, under_way_sql),
      insert_query_(database, insert_served_sql),
      insert_submission_(database, fmt::format(insert_copy_sql, expiry_of(database, "?7"))),
      share_(database, share_sql), events_(database)
{
}

std::optional<Source> ServedQueries::find_source(const std::string& fingerprint, base::TimePoint since)
{
  const std::string time = text::format_time(since);
  const Reset reset_answered(answered_);
  const std::string_view mark = std::string_view(fingerprint).substr(0, marked);
  bind_blob(answered_, 1, fingerprint);
  bind_text(answered_, 2, time);
  bind_blob(answered_, 3, mark);
  if (auto source = read_source(answered_)) return source;
  const Reset reset_under_way(under_way_);
  bind_blob(under_way_, 1, fingerprint);
  bind_blob(under_way_, 2, mark);
  return read_source(under_way_);
}

std::int64_t ServedQueries::insert(const model::Submission& submission, const std::string& correlation,
                                   const Source& source, base::TimePoint now)
{
  const std::int64_t row = insert_query(submission, correlation, source, now);
  bind_text(insert_submission_, 1, correlation);
  bind_text(insert_submission_, 2, submission.q);
  insert_submission_.bind(3, static_cast<std::int64_t>(submission.deadline.count()));
  bind_text(insert_submission_, 4, source.correlation);
  const auto deadline_at = text::format_any_time(submission.deadline_at);
  const auto expires_at = text::format_any_time(submission.expires_at);
  bind_text_or_null(insert_submission_, 5, deadline_at);
  bind_text_or_null(insert_submission_, 6, expires_at);
  const std::string time = text::format_time(now);
  bind_text(insert_submission_, 7, time);
  bind_text_or_null(insert_submission_, 8, submission.parameters);
  execute(insert_submission_);
  if (source.receipt) {
    events_.append(model::EventKind::result, {.receipt = *source.receipt, .query = row},
                   text::format_time(now));
    return row;
  }
  bind_text(share_, 1, source.correlation);
  execute(share_);
  return row;
}

std::int64_t ServedQueries::insert_query(const model::Submission& submission, const std::string& correlation,
                                         const Source& source, base::TimePoint now)
{
  const std::string time = text::format_time(now);
  const std::string deadline_at =
      text::format_time(submission.deadline_at.value_or(now + submission.deadline));
  sql::Statement& query = insert_query_;
  const Reset reset(query);
  bind_text(query, 1, correlation);
  bind_text_or_null(query, 2, submission.label);
  bind_text(query, 3, submission.api);
  bind_text(query, 4, submission.datasets);
  bind_text(query, 5, time);
  bind_text(query, 6, deadline_at);
  bind_text(query, 7, submission.client);
  bind_text_or_null(query, 8, submission.key);
  bind_text_or_null(query, 9, submission.metadata);
  bind_text(query, 10, source.correlation);
  source.receipt ? query.bind(11, *source.receipt) : query.bind(11);
  bind_text_or_null(query, 12, submission.group);
  bind_text_or_null(query, 13, submission.trace);
  bind_word(query, 14, source.receipt ? "answered" : "joined");
  source.receipt ? bind_text(query, 15, time) : query.bind(15);
  query.bind(16, source.receipt ? 1 : 0);
  return query.insert("id");
}

} // namespace postbackd::store::tables

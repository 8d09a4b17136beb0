#include "store/sqlite/submissions/sharing.hpp"

#include "sqlite/statement.hpp"
#include "store/sqlite/common/names.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr int most_at_once = 500;

constexpr auto answered_sql = R"(
  SELECT q.correlation, q.receipt
    FROM submissions s JOIN queries q ON q.correlation = s.correlation JOIN postbacks p ON p.receipt = q.receipt
   WHERE substr(s.fingerprint, 1, 8) = substr(?1, 1, 8) AND s.fingerprint = ?1 AND q.answered_at >= ?2 AND p.status IS NOT 'failed' AND p.removed_at IS NULL
   ORDER BY q.answered_at DESC LIMIT 1)";
constexpr auto under_way_sql = R"(
  SELECT q.correlation, NULL
    FROM submissions s JOIN queries q ON q.correlation = s.correlation
   WHERE substr(s.fingerprint, 1, 8) = substr(?1, 1, 8) AND s.fingerprint = ?1 AND q.waiting AND NOT q.given_up AND q.state <> 'joined'
   ORDER BY q.id DESC LIMIT 1)";
constexpr auto insert_served_sql = R"(
  INSERT INTO queries (correlation, label, api, datasets, created_at, deadline_at, client, key, metadata, served_from, state,
                       answered_at, receipt, touched, group_name, trace)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, iif(?11 IS NULL, 'joined', 'answered'), iif(?11 IS NULL, NULL, ?5), ?11,
          ?11 IS NOT NULL, ?12, ?13))";
// Should it be sent after all, it takes its turn like any other.
constexpr auto insert_copy_sql = R"(
  INSERT INTO submissions (correlation, route, q, deadline, deadline_at, expires_at, lane, parameters)
  SELECT ?1, route, ?2, ?3, ?5, coalesce(?6, ?5, strftime('%Y-%m-%dT%H:%M:%fZ', ?7, (SELECT value FROM settings WHERE name = 'expires'))),
         (SELECT g.id FROM queries q JOIN groups g ON g.client = q.client AND g.name = coalesce(q.group_name, '') WHERE q.correlation = ?1), ?8
    FROM submissions WHERE correlation = ?4)";
constexpr auto share_sql = "UPDATE queries SET shares = 1 WHERE correlation = ?1";

constexpr auto those_joined_sql =
    "SELECT id FROM queries WHERE served_from = ?1 AND state = 'joined' LIMIT ?2";
constexpr auto fail_sql = "UPDATE queries SET state = ?2 WHERE id = ?1";
constexpr auto say_the_same_sql = R"(
  UPDATE submissions SET (code, message) = (SELECT code, message FROM submissions WHERE correlation = ?2)
   WHERE correlation = (SELECT correlation FROM queries WHERE id = ?1))";
constexpr auto heir_sql = "SELECT correlation, client, coalesce(api, '') FROM queries WHERE served_from = ?1 "
                          "AND state = 'joined' ORDER BY id LIMIT 1";
constexpr auto queue_heir_sql = R"(
  UPDATE queries SET state = 'queued', served_from = NULL,
         shares = (SELECT count(*) > 1 FROM queries WHERE served_from = ?2 AND state = 'joined')
   WHERE correlation = ?1)";
constexpr auto fingerprint_sql = R"(
  UPDATE submissions SET next_attempt_at = ?3, counted = substr(?3, 1, 10), fingerprint = (SELECT fingerprint FROM submissions WHERE correlation = ?2)
   WHERE correlation = ?1)";
constexpr auto bequeath_sql =
    "UPDATE queries SET served_from = ?1 WHERE served_from = ?2 AND state = 'joined'";
constexpr auto done_sql = "UPDATE queries SET shares = 0 WHERE id = ?1";

std::optional<Source> read_source(SQLite::Statement& find)
{
  if (!find.executeStep()) return std::nullopt;
  return Source{find.getColumn(0).getString(), number_or_nothing(find, 1)};
}

} // namespace

// The condition is that of the index queries_to_share.
const char* const ended_source_sql = R"(
  SELECT id, correlation, state, receipt FROM queries
   WHERE shares AND (state = 'answered' OR state = 'recovered' OR state = 'failed' OR state = 'lost' OR state = 'closed') LIMIT 1)";

ServedQueries::ServedQueries(SQLite::Database& database)
    : answered_(database, answered_sql), under_way_(database, under_way_sql),
      insert_query_(database, insert_served_sql), insert_submission_(database, insert_copy_sql),
      share_(database, share_sql), database_(database), events_(database)
{
}

std::optional<Source> ServedQueries::find_source(const std::string& fingerprint, base::TimePoint since)
{
  const std::string time = text::format_time(since);
  const Reset reset_answered(answered_);
  bind_blob(answered_, 1, fingerprint);
  bind_text(answered_, 2, time);
  if (auto source = read_source(answered_)) return source;
  const Reset reset_under_way(under_way_);
  bind_blob(under_way_, 1, fingerprint);
  return read_source(under_way_);
}

std::int64_t ServedQueries::insert(const model::Submission& submission, const std::string& correlation,
                                   const Source& source, base::TimePoint now)
{
  insert_query(submission, correlation, source, now);
  const std::int64_t row = database_.getLastInsertRowid();
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

void ServedQueries::insert_query(const model::Submission& submission, const std::string& correlation,
                                 const Source& source, base::TimePoint now)
{
  const std::string time = text::format_time(now);
  const std::string deadline_at =
      text::format_time(submission.deadline_at.value_or(now + submission.deadline));
  SQLite::Statement& query = insert_query_;
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
  query.exec();
}

SharedEnds::SharedEnds(SQLite::Database& database)
    : next_(database, ended_source_sql), joined_(database, those_joined_sql), answer_(database),
      fail_(database, fail_sql), say_(database, say_the_same_sql), heir_(database, heir_sql),
      queue_(database, queue_heir_sql), fingerprint_(database, fingerprint_sql),
      bequeath_(database, bequeath_sql), done_(database, done_sql), events_(database), usage_(database),
      database_(database)
{
}

std::optional<SharedEnds::Ended> SharedEnds::next()
{
  const Reset reset(next_);
  if (!next_.executeStep()) return std::nullopt;
  return read_ended(next_);
}

SharedEnds::Ended SharedEnds::read_ended(SQLite::Statement& row)
{
  return {row.getColumn(0).getInt64(), text_or_empty(row, 1), text_or_empty(row, 2),
          number_or_nothing(row, 3)};
}

bool SharedEnds::advance(base::TimePoint now)
{
  const auto source = next();
  if (!source) return false;
  const std::string time = text::format_time(now);
  if (source->state == "closed")
    resubmit(*source, time);
  else if (end_some(*source, most_at_once, time))
    return true;
  done_.bind(1, source->row);
  execute(done_);
  return true;
}

void SharedEnds::end_all_of(std::int64_t query, const std::string& now)
{
  SQLite::Statement find(database_, "SELECT id, correlation, state, receipt, waiting AND NOT given_up "
                                    "FROM queries WHERE id = ?1 AND shares");
  find.bind(1, query);
  if (!find.executeStep()) return;
  const Ended source = read_ended(find);
  if (find.getColumn(4).getInt() != 0 || source.state == "closed")
    resubmit(source, now);
  else
    end_some(source, -1, now); // no limit
  done_.bind(1, query);
  execute(done_);
}

bool SharedEnds::end_some(const Ended& source, int most, const std::string& now)
{
  std::vector<std::int64_t> joined;
  {
    const Reset reset(joined_);
    bind_text(joined_, 1, source.correlation);
    joined_.bind(2, most);
    while (joined_.executeStep())
      joined.push_back(joined_.getColumn(0).getInt64());
  }
  for (const std::int64_t row : joined)
    end(source, row, now);
  return static_cast<int>(joined.size()) == most;
}

void SharedEnds::end(const Ended& source, std::int64_t row, const std::string& now)
{
  if (!source.receipt) {
    fail_.bind(1, row);
    bind_text(fail_, 2, source.state);
    execute(fail_);
    say_.bind(1, row);
    bind_text(say_, 2, source.correlation);
    execute(say_);
    events_.append(source.state == "lost" ? model::EventKind::lost : model::EventKind::failed, {.query = row},
                   now);
    return;
  }
  const bool recovered = source.state == "recovered";
  answer_.give(row, recovered ? "recovered" : "answered", *source.receipt, now);
  events_.append(recovered ? model::EventKind::recovered : model::EventKind::result,
                 {.receipt = *source.receipt, .query = row}, now);
}

// Closing the source query does not close the queries that share its result.
void SharedEnds::resubmit(const Ended& source, const std::string& now)
{
  std::string heir;
  {
    const Reset reset(heir_);
    bind_text(heir_, 1, source.correlation);
    if (!heir_.executeStep()) return;
    heir = heir_.getColumn(0).getString();
    usage_.count(heir_.getColumn(1).getString(), heir_.getColumn(2).getString(), now.substr(0, 10));
  }
  bind_text(queue_, 1, heir);
  bind_text(queue_, 2, source.correlation);
  execute(queue_);
  bind_text(fingerprint_, 1, heir);
  bind_text(fingerprint_, 2, source.correlation);
  bind_text(fingerprint_, 3, now);
  execute(fingerprint_);
  bind_text(bequeath_, 1, heir);
  bind_text(bequeath_, 2, source.correlation);
  execute(bequeath_);
}

} // namespace postbackd::store::sqlite

#include "store/tables/submissions/sharing.hpp"

#include <limits>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr int most_at_once = 500;

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
  UPDATE submissions SET next_attempt_at = ?3, counted = ?4, fingerprint = (SELECT fingerprint FROM submissions WHERE correlation = ?2)
   WHERE correlation = ?1)";
constexpr auto bequeath_sql =
    "UPDATE queries SET served_from = ?1 WHERE served_from = ?2 AND state = 'joined'";
constexpr auto done_sql = "UPDATE queries SET shares = FALSE WHERE id = ?1";

} // namespace

// The condition is that of the index queries_to_share.
const char* const ended_source_sql = R"(
  SELECT id, correlation, state, receipt FROM queries
   WHERE shares AND (state = 'answered' OR state = 'recovered' OR state = 'failed' OR state = 'lost' OR state = 'closed') LIMIT 1)";

SharedEnds::SharedEnds(sql::Database& database)
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
  if (!next_.step()) return std::nullopt;
  return read_ended(next_);
}

SharedEnds::Ended SharedEnds::read_ended(sql::Statement& row)
{
  return {row.column(0).int64(), text_or_empty(row, 1), text_or_empty(row, 2), number_or_nothing(row, 3)};
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
  sql::Statement find(database_, "SELECT id, correlation, state, receipt, waiting AND NOT given_up "
                                 "FROM queries WHERE id = ?1 AND shares");
  find.bind(1, query);
  if (!find.step()) return;
  const Ended source = read_ended(find);
  if (find.column(4).int32() != 0 || source.state == "closed")
    resubmit(source, now);
  else
    end_some(source, std::numeric_limits<int>::max(), now);
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
    while (joined_.step())
      joined.push_back(joined_.column(0).int64());
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
    if (!heir_.step()) return;
    heir = heir_.column(0).text();
    usage_.count(heir_.column(1).text(), heir_.column(2).text(), now.substr(0, 10));
  }
  bind_text(queue_, 1, heir);
  bind_text(queue_, 2, source.correlation);
  execute(queue_);
  bind_text(fingerprint_, 1, heir);
  bind_text(fingerprint_, 2, source.correlation);
  bind_text(fingerprint_, 3, now);
  const std::string day = now.substr(0, 10);
  bind_text(fingerprint_, 4, day);
  execute(fingerprint_);
  bind_text(bequeath_, 1, heir);
  bind_text(bequeath_, 2, source.correlation);
  execute(bequeath_);
}

} // namespace postbackd::store::tables

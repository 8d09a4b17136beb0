#include "store/sqlite/matcher.hpp"

#include "base/ascii.hpp"
#include "store/sqlite/statement.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr auto waiting_sql =
    "SELECT id, query_id, correlation, waiting, touched FROM queries WHERE query_id = ?1 AND waiting";
constexpr auto by_correlation_sql =
    "SELECT id, query_id, correlation, waiting, touched FROM queries WHERE correlation = ?1";
constexpr auto by_id_sql = "SELECT id, query_id, correlation, waiting, touched FROM queries WHERE id = ?1";
constexpr auto identify_sql = "UPDATE queries SET query_id = ?2 WHERE id = ?1";

// A correlation is unique, and one of the two rows must have it: the first is put aside until the other has
// it.
constexpr auto set_aside_sql = "UPDATE queries SET correlation = correlation || '-' WHERE id = ?1";
// The row that knows the QueryId takes over what the correlation's row knows besides.
constexpr auto absorb_sql = R"(
  UPDATE queries
     SET correlation = rtrim(own.correlation, '-'),
         label       = coalesce(own.label, queries.label),
         api         = coalesce(own.api, queries.api),
         datasets    = coalesce(own.datasets, queries.datasets),
         touched     = max(own.touched, queries.touched),
         state       = CASE WHEN queries.waiting AND NOT own.waiting THEN own.state
                            WHEN queries.state = 'pending' AND own.waiting THEN own.state ELSE queries.state END,
         answered_at = coalesce(queries.answered_at, own.answered_at),
         receipt     = coalesce(queries.receipt, own.receipt),
         deadline_at = max(queries.deadline_at, own.deadline_at)
    FROM queries own
   WHERE queries.id = ?1 AND own.id = ?2)";

constexpr auto move_postbacks_sql = R"(
  UPDATE postbacks SET query = ?1, query_id = ?3
   WHERE receipt IN (SELECT p.receipt FROM stats s CROSS JOIN postbacks p ON p.day = s.day AND p.query_id IS NULL
                      WHERE s.day >= ?4 AND p.query = ?2))";
constexpr auto move_events_sql = "UPDATE events SET query = ?1 WHERE query = ?2";
constexpr auto move_recovery_sql = "UPDATE recoveries SET query = ?1 WHERE query = ?2 AND NOT EXISTS (SELECT "
                                   "1 FROM recoveries WHERE query = ?1)";
constexpr auto drop_sql = "DELETE FROM queries WHERE id = ?1";

constexpr auto foreign_query_id = "its QueryId is another query's than its URL";

bool same(const std::string& left, const std::string& right)
{
  return base::equal_ignoring_case(left, right);
}

} // namespace

Matcher::Matcher(SQLite::Database& database, History& history)
    : history_(history), waiting_(database, waiting_sql), by_correlation_(database, by_correlation_sql),
      by_id_(database, by_id_sql), identify_(database, identify_sql), set_aside_(database, set_aside_sql),
      absorb_(database, absorb_sql), move_postbacks_(database, move_postbacks_sql),
      move_events_(database, move_events_sql), move_recovery_(database, move_recovery_sql),
      drop_(database, drop_sql)
{
}

Match Matcher::match(const model::Postback& postback, base::TimePoint now)
{
  if (postback.correlation) {
    const auto own = by_correlation(*postback.correlation);
    if (own) return match_by_correlation(postback, *own, now);
  }
  return match_by_query_id(postback, now);
}

bool Matcher::identify(const std::string& correlation, const std::string& query_id, bool acknowledged,
                       base::TimePoint now)
{
  const auto own = by_correlation(correlation);
  if (!own) return false;
  if (!own->query_id && !acknowledged && registered(query_id, now)) return false;
  const Query query = own->query_id ? *own : identify(*own, query_id, now);
  return query.query_id && same(*query.query_id, query_id);
}

Match Matcher::match_by_query_id(const model::Postback& postback, base::TimePoint now)
{
  const auto& query_id = postback.envelope.query_id;
  const auto query = query_id ? registered(*query_id, now) : std::nullopt;
  // A correlation that is in no row here may still not answer a query that has its own.
  if (query && postback.correlation && query->correlation) return unmatched(postback, foreign_query_id, now);
  return query ? matched(*query, postback, now) : unmatched(postback, {}, now);
}

Match Matcher::match_by_correlation(const model::Postback& postback, const Query& own, base::TimePoint now)
{
  const auto& query_id = postback.envelope.query_id;
  // A QueryId that was only guessed from broken JSON decides nothing: the URL has proven whose it is.
  if (!query_id || postback.envelope.content == model::Content::undecodable)
    return matched(own, postback, now);
  const Query query = own.query_id ? own : identify(own, *query_id, now);
  if (query.query_id && same(*query.query_id, *query_id)) return matched(query, postback, now);
  return unmatched(postback, foreign_query_id, now);
}

// The correlation's row learns its QueryId from the body, unless that is another correlation's.
Matcher::Query Matcher::identify(const Query& own, const std::string& query_id, base::TimePoint now)
{
  const auto other = registered(query_id, now);
  if (other && other->correlation) return own;
  if (other) return merge(own, *other, now);
  {
    const Reset reset(identify_);
    identify_.bind(1, own.id);
    bind_text(identify_, 2, query_id);
    identify_.exec();
  }
  return *by_id(own.id);
}

// Two rows turn out to be one query: an application registered the QueryId, we the correlation. The row with
// the QueryId stays, because its postbacks are many and found by it.
Matcher::Query Matcher::merge(const Query& own, const Query& other, base::TimePoint now)
{
  if (own.touched) {
    const Reset reset(move_postbacks_);
    move_postbacks_.bind(1, other.id);
    move_postbacks_.bind(2, own.id);
    bind_text_or_null(move_postbacks_, 3, other.query_id);
    move_postbacks_.bind(4, history_.first_day(now));
    move_postbacks_.exec();
  }
  move_events_.bind(1, other.id);
  move_events_.bind(2, own.id);
  execute(move_events_);
  set_aside_.bind(1, own.id);
  execute(set_aside_);
  absorb_.bind(1, other.id);
  absorb_.bind(2, own.id);
  execute(absorb_);
  move_recovery_.bind(1, other.id);
  move_recovery_.bind(2, own.id);
  execute(move_recovery_);
  drop_.bind(1, own.id);
  execute(drop_);
  return {other.id, other.query_id, own.correlation, other.waiting && own.waiting, true};
}

Match Matcher::matched(const Query& query, const model::Postback& postback, base::TimePoint now)
{
  Match match{query.id, !query.waiting, query.query_id, {}, {}};
  // A waiting query that no postback has touched cannot see a repeat: the search is spared.
  if (query.waiting && !query.touched) return match;
  match.repeat = repeat_of(match, postback, now);
  return match;
}

Match Matcher::unmatched(const model::Postback& postback, const std::string& problem, base::TimePoint now)
{
  Match match{{}, false, postback.envelope.query_id, {}, problem};
  match.repeat = repeat_of(match, postback, now);
  return match;
}

std::optional<History::Repeat> Matcher::repeat_of(const Match& match, const model::Postback& postback,
                                                  base::TimePoint now)
{
  const auto find = [&](const std::optional<std::string>& query_id) {
    return history_.repeat_of({query_id, postback.sha256, postback.envelope.content, match.query,
                               postback.route, postback.correlation},
                              now);
  };
  if (match.query_id)
    if (auto repeat = find(match.query_id)) return repeat;
  // Kept before its query had a QueryId.
  return postback.envelope.query_id ? std::nullopt : find(std::nullopt);
}

std::optional<Matcher::Query> Matcher::registered(const std::string& query_id, base::TimePoint now)
{
  if (auto query = waiting(query_id)) return query;
  const auto answered = history_.answered_query(query_id, now);
  return answered ? by_id(*answered) : std::nullopt;
}

std::optional<Matcher::Query> Matcher::waiting(const std::string& query_id)
{
  bind_text(waiting_, 1, query_id);
  return row(waiting_);
}

std::optional<Matcher::Query> Matcher::by_correlation(const std::string& correlation)
{
  bind_text(by_correlation_, 1, correlation);
  return row(by_correlation_);
}

std::optional<Matcher::Query> Matcher::by_id(std::int64_t id)
{
  by_id_.bind(1, id);
  return row(by_id_);
}

std::optional<Matcher::Query> Matcher::row(SQLite::Statement& statement)
{
  const Reset reset(statement);
  if (!statement.executeStep()) return std::nullopt;
  return Query{statement.getColumn(0).getInt64(), text_or_nothing(statement, 1),
               text_or_nothing(statement, 2), statement.getColumn(3).getInt() != 0,
               statement.getColumn(4).getInt() != 0};
}

} // namespace postbackd::store::sqlite

#include "store/tables/postbacks/matcher.hpp"

#include "base/ascii.hpp"
#include "sql/statement.hpp"
#include "store/tables/common/erased_name.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/common/settings.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

// The columns of a Query.
std::string query_where(const char* condition)
{
  return std::string("SELECT id, query_id, correlation, waiting, "
                     "NOT touched AND (state = 'pending' OR state = 'submitting' OR state = 'queued'), "
                     "given_up, client, erased_at IS NOT NULL "
                     "FROM queries WHERE ") +
         condition;
}

// The trigger queries_known (schema/*/6_matching.sql) does the work: it gives a row its QueryId, or merges
// two rows.
constexpr auto identify_sql = "INSERT INTO queries (query_id, correlation, created_at) VALUES (?1, ?2, ?3)";

constexpr auto foreign_query_id = "its QueryId and its URL belong to different queries";

bool same(const std::string& left, const std::string& right)
{
  return base::equal_ignoring_case(left, right);
}

} // namespace

Matcher::Matcher(sql::Database& database)
    : store_id_(setting(database, "store_id")), repeats_(database), recent_(database),
      by_row_(database, query_where("id = ?2 AND query_id = ?1")),
      by_query_id_(database, query_where("query_id = ?1")),
      by_correlation_(database, query_where("correlation = ?1")), identify_(database, identify_sql),
      acknowledged_(database,
                    "SELECT 1 FROM submissions WHERE correlation = ?1 AND acknowledged = ?2 COLLATE NOCASE")
{
}

Match Matcher::match(const model::Postback& postback, base::TimePoint now)
{
  if (postback.correlation) {
    const auto own = by_correlation(*postback.correlation);
    if (own) return match_by_correlation(postback, *own, now);
  }
  Match match = match_by_query_id(postback);
  match.stray = postback.correlation.has_value();
  return match;
}

bool Matcher::identify(const std::string& correlation, const std::string& query_id, bool acknowledged,
                       base::TimePoint now)
{
  const auto own = by_correlation(correlation);
  if (!own) return false;
  if (!own->query_id && !acknowledged && by_query_id(query_id)) return false;
  const Query query = own->query_id ? *own : identify(*own, query_id, now);
  return query.query_id && same(*query.query_id, query_id);
}

Match Matcher::match_by_query_id(const model::Postback& postback)
{
  const auto& query_id = postback.envelope.query_id;
  const auto query = query_id ? by_query_id(*query_id) : std::nullopt;
  // A correlation without a row must not answer a query that has its own.
  if (query && postback.correlation && query->correlation) return unmatched(postback, foreign_query_id);
  return query ? matched(*query, postback) : unmatched(postback, {});
}

Match Matcher::match_by_correlation(const model::Postback& postback, const Query& own, base::TimePoint now)
{
  const auto& query_id = postback.envelope.query_id;
  // A QueryId guessed from broken JSON decides nothing: the URL has proven the query.
  if (!query_id || postback.envelope.content == model::Content::undecodable) return matched(own, postback);
  const Query query = own.query_id ? own : identify(own, *query_id, now);
  if (query.query_id ? same(*query.query_id, *query_id) : is_acknowledged(query, *query_id))
    return matched(query, postback);
  return unmatched(postback, foreign_query_id);
}

// Whether the platform has named this QueryId for our submission, although another client has registered it.
bool Matcher::is_acknowledged(const Query& query, const std::string& query_id)
{
  const Reset reset(acknowledged_);
  bind_text(acknowledged_, 1, *query.correlation);
  bind_text(acknowledged_, 2, query_id);
  return acknowledged_.step();
}

// Gives the correlation's row the QueryId of the body, unless another correlation or another client has it.
Matcher::Query Matcher::identify(const Query& own, const std::string& query_id, base::TimePoint now)
{
  const std::string time = text::format_time(now);
  bind_text(identify_, 1, query_id);
  bind_text_or_null(identify_, 2, own.correlation);
  bind_text(identify_, 3, time);
  execute(identify_);
  Query query = by_correlation(*own.correlation).value();
  query.identified = true;
  return query;
}

Match Matcher::matched(const Query& query, const model::Postback& postback)
{
  Match match{
      .query = query.id, .answered = !query.waiting, .given_up = query.given_up, .fresh = query.fresh};
  match.query_id = query.query_id.value_or("");
  match.correlation = query.correlation.value_or("");
  match.client = query.client;
  match.erased = query.erased;
  match.identified = query.identified;
  if (!query.fresh) match.repeat = repeats_.find(postback, query.id);
  return match;
}

Match Matcher::unmatched(const model::Postback& postback, const std::string& problem)
{
  const auto& query_id = postback.envelope.query_id;
  auto repeat = repeats_.find_unmatched(postback, query_id, postback.correlation);
  if (!repeat && query_id) repeat = repeats_.find_unmatched(postback, erased_name(store_id_, *query_id), {});
  return {.repeat = repeat, .problem = problem};
}

std::optional<Matcher::Query> Matcher::by_query_id(const std::string& query_id)
{
  if (const auto recent = recent_.find(query_id)) {
    bind_text(by_row_, 1, query_id);
    by_row_.bind(2, *recent);
    if (auto query = row(by_row_)) return query;
  }
  bind_text(by_query_id_, 1, query_id);
  if (auto query = row(by_query_id_)) return query;
  const std::string erased = erased_name(store_id_, query_id);
  bind_text(by_query_id_, 1, erased);
  return row(by_query_id_);
}

std::optional<Matcher::Query> Matcher::by_correlation(const std::string& correlation)
{
  bind_text(by_correlation_, 1, correlation);
  if (auto query = row(by_correlation_)) return query;
  const std::string erased = erased_name(store_id_, correlation);
  bind_text(by_correlation_, 1, erased);
  return row(by_correlation_);
}

std::optional<Matcher::Query> Matcher::row(sql::Statement& statement)
{
  const Reset reset(statement);
  if (!statement.step()) return std::nullopt;
  return Query{statement.column(0).int64(),      text_or_nothing(statement, 1),
               text_or_nothing(statement, 2),    statement.column(3).int32() != 0,
               statement.column(4).int32() != 0, statement.column(5).int32() != 0,
               text_or_empty(statement, 6),      statement.column(7).int32() != 0};
}

} // namespace postbackd::store::tables

#include "store/tables/queries/story.hpp"

#include <algorithm>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/queries/query_finder.hpp"
#include "store/tables/queries/records.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr auto postbacks_of_query_sql = R"(
  SELECT receipt FROM (SELECT receipt FROM queries WHERE id = ?1 AND receipt IS NOT NULL
                       UNION ALL
                       SELECT receipt FROM postbacks WHERE query_row = ?1 AND kind <> 'result') r
   ORDER BY receipt DESC LIMIT ?2)";
constexpr auto unmatched_postbacks_sql =
    "SELECT receipt FROM postbacks WHERE query_row IS NULL AND query_id = ?1 ORDER BY receipt DESC LIMIT ?2";

void append_receipts(sql::Statement& find, std::vector<model::Receipt>& receipts)
{
  while (find.step())
    receipts.push_back(find.column(0).int64());
}

// A query may also have postbacks that name it and match none: they came to the URL of another.
std::vector<model::Receipt> receipts_of(sql::Database& database, const std::string& id, const Story& story,
                                        std::optional<std::int64_t> query, const StoryScope& scope)
{
  const std::string& query_id = story.query ? story.query->query_id : id;
  std::vector<model::Receipt> receipts;
  if (scope.is_whole) {
    sql::Statement unmatched(database, unmatched_postbacks_sql);
    bind_text(unmatched, 1, query_id);
    unmatched.bind(2, scope.most_postbacks);
    append_receipts(unmatched, receipts);
  }
  if (query) {
    sql::Statement of_query(database, postbacks_of_query_sql);
    of_query.bind(1, *query);
    of_query.bind(2, scope.most_postbacks);
    append_receipts(of_query, receipts);
  }
  std::sort(receipts.begin(), receipts.end());
  return receipts;
}

void read_postbacks(sql::Database& database, const std::vector<model::Receipt>& receipts, Story& story)
{
  sql::Statement find(database,
                      std::string("SELECT ") + postback_columns + " FROM v_postbacks WHERE receipt = ?1");
  for (const model::Receipt receipt : receipts) {
    const Reset reset(find);
    find.bind(1, receipt);
    if (find.step()) story.postbacks.push_back(read_postback(find));
  }
}

// The deliveries of events about these postbacks, or about the query itself.
std::vector<std::int64_t> deliveries_of(sql::Database& database, const std::vector<model::Receipt>& receipts,
                                        std::optional<std::int64_t> query)
{
  std::vector<std::int64_t> ids;
  const auto append = [&](const char* condition, const std::vector<std::int64_t>& numbers) {
    sql::Statement find(
        database,
        std::string("SELECT d.id FROM events e JOIN deliveries d ON d.event_id = e.id WHERE ") + condition);
    for (const std::int64_t number : numbers) {
      const Reset reset(find);
      find.bind(1, number);
      while (find.step())
        ids.push_back(find.column(0).int64());
    }
  };
  append("e.receipt = ?1 AND e.query_row IS NULL", receipts);
  if (query) append("e.query_row = ?1", {*query});
  std::sort(ids.begin(), ids.end());
  return ids;
}

void read_deliveries(sql::Database& database, const std::vector<std::int64_t>& ids, Story& story)
{
  sql::Statement delivery(database, std::string("SELECT ") + delivery_columns +
                                        " FROM v_deliveries WHERE delivery_id = ?1");
  sql::Statement attempts(database, std::string("SELECT ") + attempt_columns +
                                        " FROM v_attempts WHERE delivery_id = ?1 ORDER BY attempt");
  for (const std::int64_t id : ids) {
    const Reset reset_delivery(delivery);
    delivery.bind(1, id);
    if (delivery.step()) story.deliveries.push_back(read_delivery(delivery));
    const Reset reset_attempts(attempts);
    attempts.bind(1, id);
    while (attempts.step())
      story.attempts.push_back(read_attempt(attempts));
  }
}

} // namespace

Story read_story(sql::Database& database, const std::string& id, const StoryScope& scope)
{
  Story story;
  const auto row = find_query_row(database, model::query_name_of(id));
  if (row) story.query = query_of_row(database, *row);
  const std::vector<model::Receipt> receipts = receipts_of(database, id, story, row, scope);
  if (!receipts.empty()) read_postbacks(database, receipts, story);
  if (!scope.is_whole) return story;
  // The postback of a served query has its own events for the query that it answered.
  const bool is_served = story.query && !story.query->served_from.empty();
  const std::vector<std::int64_t> deliveries =
      deliveries_of(database, is_served ? std::vector<model::Receipt>() : receipts, row);
  if (!deliveries.empty()) read_deliveries(database, deliveries, story);
  return story;
}

} // namespace postbackd::store::tables

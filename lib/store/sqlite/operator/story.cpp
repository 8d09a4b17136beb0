#include "store/sqlite/operator/story.hpp"

#include <algorithm>

#include "store/sqlite/engine/statement.hpp"
#include "store/sqlite/operator/records.hpp"
#include "store/sqlite/submissions/query_finder.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

// CROSS JOIN fixes the order of the join: the planner could choose a scan of all receipts to have them
// sorted.
constexpr auto by_query_id_sql = R"(
  SELECT p.receipt FROM stats s CROSS JOIN postbacks p ON p.day = s.day AND p.query_id = ?1)";
// Postbacks to its own URL without a QueryId.
constexpr auto by_correlation_sql =
    "SELECT receipt FROM postbacks WHERE query_id IS NULL AND correlation = ?1";

std::vector<std::int64_t> numbers_of(SQLite::Database& database, const std::string& sql,
                                     const std::string& text)
{
  SQLite::Statement find(database, sql);
  bind_text(find, 1, text);
  std::vector<std::int64_t> numbers;
  while (find.executeStep())
    numbers.push_back(find.getColumn(0).getInt64());
  return numbers;
}

std::vector<model::Receipt> receipts_of(SQLite::Database& database, const std::string& id, const Story& story)
{
  const std::string& query_id = story.query ? story.query->query_id : id;
  std::vector<model::Receipt> receipts = numbers_of(database, by_query_id_sql, query_id);
  if (story.query && !story.query->correlation.empty()) {
    const auto more = numbers_of(database, by_correlation_sql, story.query->correlation);
    receipts.insert(receipts.end(), more.begin(), more.end());
  }
  std::sort(receipts.begin(), receipts.end());
  return receipts;
}

void read_postbacks(SQLite::Database& database, const std::vector<model::Receipt>& receipts, Story& story)
{
  SQLite::Statement find(database,
                         std::string("SELECT ") + postback_columns + " FROM v_postbacks WHERE receipt = ?1");
  for (const model::Receipt receipt : receipts) {
    const Reset reset(find);
    find.bind(1, receipt);
    if (find.executeStep()) story.postbacks.push_back(read_postback(find));
  }
}

// The deliveries of events about these postbacks, or about the query itself.
std::vector<std::int64_t> deliveries_of(SQLite::Database& database,
                                        const std::vector<model::Receipt>& receipts,
                                        std::optional<std::int64_t> query)
{
  std::vector<std::int64_t> ids;
  const auto append = [&](const char* column, const std::vector<std::int64_t>& numbers) {
    SQLite::Statement find(
        database, std::string("SELECT d.id FROM events e JOIN deliveries d ON d.event_id = e.id WHERE e.") +
                      column + " = ?1");
    for (const std::int64_t number : numbers) {
      const Reset reset(find);
      find.bind(1, number);
      while (find.executeStep())
        ids.push_back(find.getColumn(0).getInt64());
    }
  };
  append("receipt", receipts);
  if (query) append("query_row", {*query});
  std::sort(ids.begin(), ids.end());
  return ids;
}

void read_deliveries(SQLite::Database& database, const std::vector<std::int64_t>& ids, Story& story)
{
  SQLite::Statement delivery(database,
                             std::string("SELECT ") + delivery_columns + " FROM v_deliveries WHERE id = ?1");
  SQLite::Statement attempts(database, std::string("SELECT ") + attempt_columns +
                                           " FROM v_attempts WHERE delivery_id = ?1 ORDER BY attempt");
  for (const std::int64_t id : ids) {
    const Reset reset_delivery(delivery);
    delivery.bind(1, id);
    if (delivery.executeStep()) story.deliveries.push_back(read_delivery(delivery));
    const Reset reset_attempts(attempts);
    attempts.bind(1, id);
    while (attempts.executeStep())
      story.attempts.push_back(read_attempt(attempts));
  }
}

} // namespace

Story read_story(SQLite::Database& database, const std::string& id)
{
  Story story;
  const auto row = find_query_row(database, id);
  if (row) story.query = query_of_row(database, *row);
  const std::vector<model::Receipt> receipts = receipts_of(database, id, story);
  if (!receipts.empty()) read_postbacks(database, receipts, story);
  const std::vector<std::int64_t> deliveries = deliveries_of(database, receipts, row);
  if (!deliveries.empty()) read_deliveries(database, deliveries, story);
  return story;
}

} // namespace postbackd::store::sqlite

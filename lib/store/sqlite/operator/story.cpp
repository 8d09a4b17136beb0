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

// The planner is told the way, so that it cannot choose a walk over all receipts to have them in order.
constexpr auto by_query_id_sql = R"(
  SELECT p.receipt FROM stats s CROSS JOIN postbacks p ON p.day = s.day AND p.query_id = ?1)";
// Postbacks to its own URL that have no QueryId: few in any file, and none from before the query.
constexpr auto by_correlation_sql = R"(
  SELECT p.receipt FROM stats s CROSS JOIN postbacks p ON p.day = s.day AND p.query_id IS NULL
   WHERE p.correlation = ?1)";

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

void append_deliveries(SQLite::Statement& find, std::int64_t number, std::vector<DeliveryRecord>& deliveries)
{
  const Reset reset(find);
  find.bind(1, number);
  while (find.executeStep())
    deliveries.push_back(read_delivery(find));
}

} // namespace

Story read_story(SQLite::Database& database, const std::string& id)
{
  Story story;
  const auto row = find_query_row(database, id);
  story.query = find_query(database, id);

  SQLite::Statement postback(database, std::string("SELECT ") + postback_columns +
                                           " FROM v_postbacks WHERE receipt = ?1");
  const std::string deliveries_sql = std::string("SELECT ") + delivery_columns + " FROM v_deliveries WHERE ";
  SQLite::Statement of_postback(database, deliveries_sql + "receipt = ?1");
  for (const model::Receipt receipt : receipts_of(database, id, story)) {
    const Reset reset(postback);
    postback.bind(1, receipt);
    if (postback.executeStep()) story.postbacks.push_back(read_postback(postback));
    append_deliveries(of_postback, receipt, story.deliveries);
  }
  if (row) {
    SQLite::Statement of_query(
        database, deliveries_sql + "id IN (SELECT d.id FROM events e JOIN deliveries d ON d.event_id = e.id "
                                   "WHERE e.query_row = ?1)");
    append_deliveries(of_query, *row, story.deliveries);
  }
  const auto by_id = [](const auto& a, const auto& b) { return a.id < b.id; };
  std::sort(story.deliveries.begin(), story.deliveries.end(), by_id);

  SQLite::Statement attempts(database, std::string("SELECT ") + attempt_columns +
                                           " FROM v_attempts WHERE delivery_id = ?1 ORDER BY attempt");
  for (const DeliveryRecord& delivery : story.deliveries) {
    const Reset reset(attempts);
    attempts.bind(1, delivery.id);
    while (attempts.executeStep())
      story.attempts.push_back(read_attempt(attempts));
  }
  return story;
}

} // namespace postbackd::store::sqlite

#include "store/tables/erasure/relatives.hpp"

#include <algorithm>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{
namespace
{

// Equal submissions share one answer.
constexpr auto relatives_sql = R"(
  SELECT f.id FROM queries q JOIN queries f ON f.served_from = q.correlation WHERE q.id = ?1 AND f.receipt = q.receipt AND (CAST(?2 AS TEXT) IS NULL OR f.client = ?2)
  UNION SELECT f.id FROM queries q JOIN queries f ON f.correlation = q.served_from WHERE q.id = ?1 AND f.receipt = q.receipt AND (CAST(?2 AS TEXT) IS NULL OR f.client = ?2)
  UNION SELECT f.id FROM queries q JOIN queries f ON f.served_from = q.served_from WHERE q.id = ?1 AND f.receipt = q.receipt AND (CAST(?2 AS TEXT) IS NULL OR f.client = ?2))";
constexpr auto those_sharing_sql = R"(
  SELECT f.id FROM queries q JOIN queries f ON f.served_from = q.correlation
   WHERE q.id = ?1 AND f.state = 'joined' AND (CAST(?2 AS TEXT) IS NULL OR f.client = ?2))";
constexpr auto objects_of_query_sql =
    "SELECT o.number FROM queries q JOIN queue_objects o ON o.correlation = q.correlation WHERE q.id = ?1";
// The answer is in no index of the others.
constexpr auto postbacks_of_query_sql = R"(
  SELECT p.receipt FROM queries q JOIN postbacks p ON p.receipt = q.receipt WHERE q.id = ?1 AND p.removed_at IS NULL
  UNION
  SELECT receipt FROM postbacks WHERE query_row = ?1 AND kind <> 'result' AND removed_at IS NULL)";

void append_numbers(sql::Database& database, const char* sql, std::int64_t parameter,
                    FoundToErase::Numbers& numbers, const std::optional<std::string>& client = {})
{
  sql::Statement find(database, sql);
  find.bind(1, parameter);
  if (client) bind_text(find, 2, *client);
  while (find.step())
    numbers.push_back(find.column(0).int64());
}

void sort_once(FoundToErase::Numbers& numbers)
{
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
}

void count_postbacks(sql::Database& database, FoundToErase& found)
{
  FoundToErase::Numbers of_queries;
  for (const auto* queries : {&found.queries, &found.own_queries})
    for (const std::int64_t row : *queries)
      append_numbers(database, postbacks_of_query_sql, row, of_queries);
  sort_once(of_queries);
  found.postbacks_of_queries = static_cast<std::int64_t>(of_queries.size());
  std::erase_if(found.postbacks, [&](std::int64_t receipt) { // a list of erasures has both
    return std::binary_search(of_queries.begin(), of_queries.end(), receipt);
  });
}

} // namespace

FoundToErase::Numbers postbacks_of(sql::Database& database, std::int64_t query)
{
  FoundToErase::Numbers receipts;
  append_numbers(database, postbacks_of_query_sql, query, receipts);
  return receipts;
}

void add_relatives(sql::Database& database, FoundToErase& found)
{
  sort_once(found.queries);
  FoundToErase::Numbers joined;
  FoundToErase::Numbers all = found.queries;
  for (const std::int64_t row : found.queries) {
    append_numbers(database, those_sharing_sql, row, joined, found.client);
    append_numbers(database, relatives_sql, row, all, found.client);
    append_numbers(database, objects_of_query_sql, row, found.objects);
  }
  sort_once(joined);
  sort_once(all);
  std::erase_if(all, [&](std::int64_t row) { return std::binary_search(joined.begin(), joined.end(), row); });
  found.queries = std::move(joined);
  found.queries.insert(found.queries.end(), all.begin(), all.end());
  for (auto* numbers : {&found.postbacks, &found.objects, &found.app_events})
    sort_once(*numbers);
  if (found.client) found.own_queries = std::exchange(found.queries, {});
  count_postbacks(database, found);
}

} // namespace postbackd::store::tables

#include "store/tables/queries/usage_table.hpp"

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr auto open_sql = "INSERT INTO usage (day, client, api) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
constexpr auto add_sql =
    "UPDATE usage SET submitted = submitted + 1 WHERE day = ?1 AND client = ?2 AND api = ?3";
constexpr auto share_sql = "UPDATE usage SET shared = shared + 1 WHERE day = ?1 AND client = ?2 AND api = ?3";
// Of the submission ?1.
constexpr auto take_sql = R"(
  UPDATE usage SET submitted = CASE WHEN submitted > 0 THEN submitted - 1 ELSE 0 END
   WHERE (day, client, api) = (SELECT s.counted, q.client, coalesce(q.api, '')
                                 FROM submissions s JOIN queries q ON q.correlation = s.correlation WHERE s.correlation = ?1))";
constexpr auto forget_sql =
    "UPDATE submissions SET counted = NULL WHERE correlation = ?1 AND counted IS NOT NULL";
constexpr auto sum_sql = "SELECT coalesce(sum(submitted), 0) FROM usage WHERE day >= ?2 AND client = ?1";
constexpr auto usage_sql = R"(
  SELECT substr(day, 1, ?5), client, api, sum(submitted), sum(shared) FROM usage
   WHERE day >= ?1 AND day <= ?2 AND (?3 OR client = ?4) GROUP BY 1, 2, 3 HAVING sum(submitted) <> 0 OR sum(shared) <> 0
   ORDER BY 1, 2, 3)";

} // namespace

UsageTable::UsageTable(sql::Database& database)
    : open_(database, open_sql), add_(database, add_sql), take_(database, take_sql),
      forget_(database, forget_sql), share_(database, share_sql), sum_(database, sum_sql)
{
}

// The row of the day is there, but for the first one.
void UsageTable::add(sql::Statement& statement, const std::string& client, const std::string& api,
                     const std::string& day)
{
  for (auto* step : {&statement, &open_, &statement}) {
    const Reset reset(*step);
    bind_text(*step, 1, day);
    bind_text(*step, 2, client);
    bind_text(*step, 3, api);
    if (step->exec() > 0 && step == &statement) return;
  }
}

void UsageTable::count(const std::string& client, const std::string& api, const std::string& day)
{
  add(add_, client, api, day);
}

void UsageTable::give_back(const std::string& correlation)
{
  for (auto* statement : {&take_, &forget_}) {
    bind_text(*statement, 1, correlation);
    execute(*statement);
  }
}

void UsageTable::count_shared(const std::string& client, const std::string& api, const std::string& day)
{
  add(share_, client, api, day);
}

std::int64_t UsageTable::submitted_since(const std::string& client, const std::string& day)
{
  const Reset reset(sum_);
  bind_text(sum_, 1, client);
  bind_text(sum_, 2, day);
  sum_.step();
  return sum_.column(0).int64();
}

model::Budget::Exceeded UsageTable::exceeded(const std::string& client, const model::Budget& budget,
                                             const std::string& day)
{
  using Exceeded = model::Budget::Exceeded;
  if (budget.per_month && submitted_since(client, day.substr(0, 8) + "01") >= *budget.per_month)
    return Exceeded::month;
  if (budget.per_day && submitted_since(client, day) >= *budget.per_day) return Exceeded::day;
  return Exceeded::none;
}

std::vector<UsageRecord> find_usage(sql::Database& database, const Viewer& viewer, const UsageFilter& filter)
{
  sql::Statement find(database, usage_sql);
  bind_text(find, 1, filter.since);
  bind_text(find, 2, filter.until);
  find.bind(5, filter.by_month ? 7 : 10);
  find.bind(3, viewer.sees_all ? 1 : 0);
  bind_text(find, 4, viewer.client);
  std::vector<UsageRecord> usage;
  while (find.step())
    usage.push_back({text_or_empty(find, 0), text_or_empty(find, 1), text_or_empty(find, 2),
                     find.column(3).int64(), find.column(4).int64()});
  return usage;
}

} // namespace postbackd::store::tables

#include "store/sqlite/queries/usage_table.hpp"

#include "sqlite/statement.hpp"
#include "store/sqlite/common/names.hpp"

namespace postbackd::store::sqlite
{
namespace
{

// In these, ?1 is the correlation and ?2 the day.
constexpr auto open_sql = R"(
  INSERT INTO usage (day, client, api)
  SELECT ?2, client, coalesce(api, '') FROM queries WHERE correlation = ?1 ON CONFLICT DO NOTHING)";
constexpr auto add_sql = R"(
  UPDATE usage SET submitted = submitted + 1
   WHERE (day, client, api) = (SELECT ?2, client, coalesce(api, '') FROM queries WHERE correlation = ?1)
     AND EXISTS (SELECT 1 FROM submissions WHERE correlation = ?1 AND counted IS NULL))";
constexpr auto share_sql = R"(
  UPDATE usage SET shared = shared + 1
   WHERE (day, client, api) = (SELECT ?2, client, coalesce(api, '') FROM queries WHERE correlation = ?1))";
constexpr auto note_sql = "UPDATE submissions SET counted = ?2 WHERE correlation = ?1 AND counted IS NULL";
constexpr auto take_sql = R"(
  UPDATE usage SET submitted = submitted - 1
   WHERE (day, client, api) = (SELECT s.counted, q.client, coalesce(q.api, '')
                                 FROM submissions s JOIN queries q ON q.correlation = s.correlation WHERE s.correlation = ?1))";
constexpr auto forget_sql =
    "UPDATE submissions SET counted = NULL WHERE correlation = ?1 AND counted IS NOT NULL";
constexpr auto sum_sql = "SELECT coalesce(sum(submitted), 0) FROM usage WHERE day >= ?2 AND client = ?1";

void run(SQLite::Statement& statement, const std::string& first, const std::string& second)
{
  bind_text(statement, 1, first);
  bind_text(statement, 2, second);
  execute(statement);
}

} // namespace

UsageTable::UsageTable(SQLite::Database& database)
    : open_(database, open_sql), add_(database, add_sql), take_(database, take_sql),
      note_(database, note_sql), forget_(database, forget_sql), share_(database, share_sql),
      sum_(database, sum_sql)
{
}

void UsageTable::count(const std::string& correlation, const std::string& day)
{
  run(open_, correlation, day);
  run(add_, correlation, day);
  run(note_, correlation, day);
}

void UsageTable::give_back(const std::string& correlation)
{
  for (auto* statement : {&take_, &forget_}) {
    bind_text(*statement, 1, correlation);
    execute(*statement);
  }
}

void UsageTable::count_shared(const std::string& correlation, const std::string& day)
{
  run(open_, correlation, day);
  run(share_, correlation, day);
}

std::int64_t UsageTable::submitted_since(const std::string& client, const std::string& day)
{
  const Reset reset(sum_);
  bind_text(sum_, 1, client);
  bind_text(sum_, 2, day);
  sum_.executeStep();
  return sum_.getColumn(0).getInt64();
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

} // namespace postbackd::store::sqlite

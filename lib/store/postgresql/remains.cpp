#include "store/postgresql/remains.hpp"

#include <fmt/format.h>

#include "sql/statement.hpp"

namespace postbackd::store::postgresql
{
namespace
{

constexpr int pages_at_once = 8; // a result is in memory as a whole

bool mentions(sql::Database& database, const std::string& table, const model::DataSubject& subject)
{
  const std::int64_t pages = sql::number_of(
      database, fmt::format("SELECT pg_relation_size('{}') / current_setting('block_size')::bigint", table));
  sql::Statement find(database,
                      fmt::format("SELECT * FROM {} WHERE ctid >= format('(%s,0)', ?1::bigint)::tid "
                                  "AND ctid < format('(%s,0)', ?2::bigint)::tid",
                                  table));
  for (std::int64_t page = 0; page < pages; page += pages_at_once) {
    const sql::Reset reset(find);
    find.bind(1, page);
    find.bind(2, page + pages_at_once);
    while (find.step())
      for (int column = 0; column < find.columns(); ++column)
        if (subject.is_in(find.column(column).bytes())) return true;
  }
  return false;
}

} // namespace

std::vector<std::string> rows_with(sql::Database& database, const model::DataSubject& subject)
{
  std::vector<std::string> tables;
  sql::Statement find(database, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() "
                                "AND tablename NOT IN ('bodies', 'pieces') ORDER BY 1");
  while (find.step())
    if (std::string table = find.column(0).text(); mentions(database, table, subject))
      tables.push_back("the table " + table);
  return tables;
}

} // namespace postbackd::store::postgresql

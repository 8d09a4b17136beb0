#include "store/sqlite/files/verification.hpp"

#include <fmt/format.h>

#include <vector>

#include "sql/statement.hpp"
#include "store/sqlite/common/names.hpp"

namespace postbackd::store::sqlite
{

void check_tables(
    sql::Database& database, const std::function<void(const std::string&)>& problem,
    const std::function<void(const std::string& what, std::int64_t done, std::int64_t total)>& progress)
{
  std::vector<std::string> tables;
  sql::Statement find(database,
                      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
  while (find.step())
    tables.push_back(find.column(0).text());
  for (std::size_t i = 0; i < tables.size(); ++i) {
    progress("tables", static_cast<std::int64_t>(i), static_cast<std::int64_t>(tables.size()));
    sql::Statement check(database, fmt::format("PRAGMA integrity_check('{}')", tables[i]));
    while (check.step())
      if (const std::string said = check.column(0).text(); said != "ok")
        problem(fmt::format("table {}: {}", tables[i], said));
  }
}

} // namespace postbackd::store::sqlite

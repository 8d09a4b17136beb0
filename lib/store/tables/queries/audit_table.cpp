#include "store/tables/queries/audit_table.hpp"

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{

void note_access(sql::Database& database, const std::string& who, const std::string& action,
                 const std::string& query, const std::string& at)
{
  sql::Statement insert(database, "INSERT INTO audit (at, client, action, query) VALUES (?1, ?2, ?3, ?4)");
  bind_text(insert, 1, at);
  bind_text(insert, 2, who);
  bind_text(insert, 3, action);
  bind_text(insert, 4, query);
  insert.exec();
}

std::vector<AccessRecord> list_accesses(sql::Database& database, std::int64_t before, std::size_t most)
{
  sql::Statement list(
      database, "SELECT id, at, client, action, query FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT ?2");
  list.bind(1, before);
  list.bind(2, static_cast<std::int64_t>(most));
  std::vector<AccessRecord> accesses;
  while (list.step())
    accesses.push_back({list.column(0).int64(), time_of(list, 1), text_or_empty(list, 2),
                        text_or_empty(list, 3), text_or_empty(list, 4)});
  return accesses;
}

} // namespace postbackd::store::tables

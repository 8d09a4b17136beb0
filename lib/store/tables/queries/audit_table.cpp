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

} // namespace postbackd::store::tables

#include "store/sqlite/queries/audit_table.hpp"

#include <SQLiteCpp/Statement.h>

#include "sqlite/statement.hpp"
#include "store/sqlite/common/names.hpp"

namespace postbackd::store::sqlite
{

void note_access(SQLite::Database& database, const std::string& who, const std::string& action,
                 const std::string& query, const std::string& at)
{
  SQLite::Statement insert(database, "INSERT INTO audit (at, client, action, query) VALUES (?1, ?2, ?3, ?4)");
  bind_text(insert, 1, at);
  bind_text(insert, 2, who);
  bind_text(insert, 3, action);
  bind_text(insert, 4, query);
  insert.exec();
}

} // namespace postbackd::store::sqlite

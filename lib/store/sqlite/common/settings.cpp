#include "store/sqlite/common/settings.hpp"

#include "base/digest.hpp"
#include "sqlite/statement.hpp"
#include "store/sqlite/common/names.hpp"

namespace postbackd::store::sqlite
{

std::string setting(SQLite::Database& database, const char* name)
{
  SQLite::Statement find(database, "SELECT value FROM settings WHERE name = ?1");
  find.bind(1, name);
  find.executeStep();
  return find.getColumn(0).getString();
}

void set_setting(SQLite::Database& database, const char* name, const std::string& value)
{
  SQLite::Statement update(database, "UPDATE settings SET value = ?2 WHERE name = ?1");
  update.bind(1, name);
  bind_text(update, 2, value);
  update.exec();
}

void ask_to_scrub(SQLite::Database& database, const std::string& why)
{
  set_setting(database, "scrub", why + " " + base::to_hex(base::random_bytes(8)));
}

void commit_something(SQLite::Database& database)
{
  database.exec("UPDATE settings SET value = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE name = 'probe'");
}

} // namespace postbackd::store::sqlite

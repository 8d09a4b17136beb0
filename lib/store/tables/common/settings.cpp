#include "store/tables/common/settings.hpp"

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{

std::string setting(sql::Database& database, const char* name)
{
  sql::Statement find(database, "SELECT value FROM settings WHERE name = ?1");
  find.bind(1, name);
  return find.step() ? find.column(0).text() : "";
}

void set_setting(sql::Database& database, const char* name, const std::string& value)
{
  sql::Statement update(database, "UPDATE settings SET value = ?2 WHERE name = ?1");
  update.bind(1, name);
  bind_text(update, 2, value);
  update.exec();
}

void put_setting(sql::Database& database, const char* name, const std::string& value)
{
  sql::Statement put(database, "INSERT INTO settings (name, value) VALUES (?1, ?2) "
                               "ON CONFLICT (name) DO UPDATE SET value = excluded.value");
  put.bind(1, name);
  bind_text(put, 2, value);
  execute(put);
}

void ask_to_scrub(sql::Database& database, const std::string& why)
{
  set_setting(database, "scrub", why + " " + base::to_hex(base::random_bytes(8)));
}

void commit_something(sql::Database& database)
{
  set_setting(database, "probe", text::format_time(base::SystemClock().now()));
}

} // namespace postbackd::store::tables

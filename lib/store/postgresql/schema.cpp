#include "store/postgresql/schema.hpp"

#include <fmt/format.h>

#include "base/clock.hpp"
#include "sql/statement.hpp"
#include "store/tables/queries/eras.hpp"

namespace postbackd::store::postgresql
{
namespace
{

// Another lock than the turn to write, which needs the tables.
constexpr auto making_lock = "SELECT pg_advisory_xact_lock(7164746, 2)";

} // namespace

std::string schema_sql()
{
  std::string sql = fmt::format("CREATE SCHEMA IF NOT EXISTS {0};\nSET search_path = {0};\n", schema_name);
  for (const std::string_view file : schema_files())
    sql += std::string(file) + "\n";
  return sql;
}

bool has_store(sql::Database& database)
{
  if (sql::number_of(
          database,
          fmt::format("SELECT count(*) FROM pg_tables WHERE schemaname = '{}' AND tablename = 'settings'",
                      schema_name)) == 0)
    return false;
  const std::int64_t version =
      sql::number_of(database, "SELECT value::bigint FROM settings WHERE name = 'version'");
  if (version > schema_version)
    throw base::Failure(
        base::Errc::invalid,
        fmt::format("the store was written by a newer postbackd (schema {}, this one knows {}). "
                    "Nothing was changed. Install that version again.",
                    version, schema_version));
  return true;
}

void make_store(sql::Database& database)
{
  database.exec("BEGIN");
  try {
    database.exec(making_lock);
    if (!has_store(database)) database.exec(schema_sql());
    if (sql::number_of(database, "SELECT count(*) FROM eras") == 0)
      tables::begin_era(database, base::SystemClock().now());
    database.exec("COMMIT");
  } catch (...) {
    database.roll_back();
    throw;
  }
}

} // namespace postbackd::store::postgresql

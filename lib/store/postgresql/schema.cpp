#include "store/postgresql/schema.hpp"

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "sql/statement.hpp"
#include "store/tables/queries/eras.hpp"

namespace postbackd::store::postgresql
{
namespace
{

// Another lock than the turn to write, which needs the tables.
constexpr auto making_lock = "SELECT pg_advisory_xact_lock(7164746, 2)";

constexpr auto version_sql = "SELECT value::bigint FROM settings WHERE name = 'version'";

void migrate(sql::Database& database, const std::vector<Migration>& steps)
{
  const std::int64_t before = sql::number_of(database, version_sql);
  if (steps.empty() || before >= steps.back().to) return;
  if (sql::number_of(database, "SELECT count(*) FROM processes WHERE until > clock_timestamp()") != 0)
    throw base::Failure(
        base::Errc::unavailable,
        "the store is of an older version, and receivers of that version use it: stop them first");
  for (const Migration& step : steps) {
    if (step.to <= before) continue;
    database.exec(step.sql);
    database.exec(fmt::format("UPDATE settings SET value = '{}' WHERE name = 'version'", step.to));
  }
  base::log::warning("migrated", {{"from", before}, {"to", steps.back().to}});
}

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
  const std::int64_t version = sql::number_of(database, version_sql);
  if (version > schema_version)
    throw base::Failure(
        base::Errc::invalid,
        fmt::format("the store was written by a newer postbackd (schema {}, this one knows {}). "
                    "Nothing was changed. Install that version again.",
                    version, schema_version));
  return true;
}

const std::vector<Migration>& migrations()
{
  static const std::vector<Migration> none; // no release has another schema
  return none;
}

void make_store(sql::Database& database, const std::vector<Migration>& steps)
{
  database.exec("BEGIN");
  try {
    database.exec(making_lock);
    if (has_store(database))
      migrate(database, steps);
    else
      database.exec(schema_sql());
    if (sql::number_of(database, "SELECT count(*) FROM eras") == 0)
      tables::begin_era(database, base::SystemClock().now());
    database.exec("COMMIT");
  } catch (...) {
    database.roll_back();
    throw;
  }
}

} // namespace postbackd::store::postgresql

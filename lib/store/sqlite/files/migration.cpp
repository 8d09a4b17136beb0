#include "store/sqlite/files/migration.hpp"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include "base/log.hpp"
#include "base/new_file.hpp"
#include "store/sqlite/files/backup.hpp"

namespace postbackd::store::sqlite
{

// Each store since 0.2.0 has the first schema.
const std::vector<Migration>& migrations()
{
  static const std::vector<Migration> none;
  return none;
}

void migrate(SQLite::Database& database, const std::filesystem::path& path,
             const std::vector<Migration>& steps)
{
  const auto version = [&] { return database.execAndGet("PRAGMA user_version").getInt(); };
  const int before = version();
  if (before == 0 || steps.empty() || before >= steps.back().to) return;
  const std::filesystem::path copy = fmt::format("{}.schema-{}", path.string(), before);
  if (!std::filesystem::exists(copy)) {
    base::NewFile file(copy);
    back_up(database, file.path(), {});
    file.keep();
  }
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  if (version() != before) return; // another process has done it
  for (const Migration& step : steps) {
    if (step.to <= before) continue;
    database.exec(step.sql);
    database.exec(fmt::format("PRAGMA user_version = {}", step.to));
  }
  transaction.commit();
  base::log::warning("migrated", {{"from", before}, {"to", steps.back().to}, {"copy", copy.string()}});
}

} // namespace postbackd::store::sqlite

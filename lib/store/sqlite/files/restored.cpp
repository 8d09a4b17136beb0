#include "store/sqlite/files/restored.hpp"

#include <SQLiteCpp/Database.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "base/error.hpp"
#include "sqlite/database.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/tables/submissions/restored.hpp"

namespace postbackd::store::sqlite
{
void mark_restored(const std::filesystem::path& copy, base::TimePoint now)
{
  try {
    SQLite::Database file(copy.string(), SQLite::OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW);
    Database database(file);
    sql::in_transaction(database, [&] { tables::mark_restored(database, now); });
  } catch (const SQLite::Exception& e) {
    throw base::Failure(base::Errc::unavailable,
                        fmt::format("cannot write '{}': {}", copy.string(), e.what()));
  }
}

} // namespace postbackd::store::sqlite

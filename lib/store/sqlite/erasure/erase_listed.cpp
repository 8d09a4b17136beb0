#include "store/sqlite/erasure/erase_listed.hpp"

#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include "base/error.hpp"
#include "store/sqlite/erasure/erase_rows.hpp"
#include "store/sqlite/erasure/eraser.hpp"
#include "store/sqlite/erasure/erasure_search.hpp"

namespace postbackd::store::sqlite
{
namespace
{

Erased erase_all(SQLite::Database& database, const ErasureList& list, base::TimePoint now)
{
  // A crash leaves no journal that the next copy would be given; that copy begins anew.
  database.exec("PRAGMA journal_mode = MEMORY; PRAGMA secure_delete = ON; PRAGMA temp_store = FILE");
  erase_registration(database); // it may be of somebody
  const FoundToErase found = ErasureSearch(database).complete(list.find(database));
  if (found.is_empty()) return {};
  const auto write = [&database](const std::function<void(SQLite::Database&)>& work) {
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    work(database);
    transaction.commit();
  };
  Eraser(database, write, std::nullopt).erase(found, "restore", "postbackctl: restore", now);
  database.exec("VACUUM"); // as SqliteArchive::complete_erasure
  return found.count();
}

} // namespace

Erased erase_listed(const std::filesystem::path& copy, const ErasureList& list, base::TimePoint now)
{
  try {
    SQLite::Database database(copy.string(), SQLite::OPEN_READWRITE);
    return erase_all(database, list, now);
  } catch (const SQLite::Exception& e) {
    throw base::Failure(
        base::Errc::unavailable,
        fmt::format("cannot erase in '{}' what was erased since the backup: {}", copy.string(), e.what()));
  }
}

} // namespace postbackd::store::sqlite

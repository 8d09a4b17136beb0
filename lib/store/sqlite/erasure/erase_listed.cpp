#include "store/sqlite/erasure/erase_listed.hpp"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "base/error.hpp"
#include "sqlite/statement.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/erasure/erase_rows.hpp"
#include "store/sqlite/erasure/eraser.hpp"
#include "store/sqlite/erasure/erasure_search.hpp"

namespace postbackd::store::sqlite
{
namespace
{

// A copy of this store needs none of that a second time: what came after it may stay.
void note_known(SQLite::Database& database, const std::string& time)
{
  SQLite::Statement insert(
      database, "INSERT INTO erasures (erased_at, reason, queries, postbacks, objects, app_events, "
                "who) VALUES (?1, 'restore', 0, 0, 0, 0, 'noted in the list of erasures')");
  bind_text(insert, 1, time);
  insert.exec();
}

Erased erase_all(SQLite::Database& database, const ErasureList& list, base::TimePoint now)
{
  // A crash leaves no journal that the next copy would be given; that copy begins anew.
  database.exec("PRAGMA journal_mode = MEMORY; PRAGMA secure_delete = ON; PRAGMA temp_store = FILE");
  erase_registration(database); // it may be of somebody
  const ErasureList::Listed listed = list.find(database);
  const FoundToErase found = ErasureSearch(database).complete(listed.rows);
  const auto write = [&database](const std::function<void(SQLite::Database&)>& work) {
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    work(database);
    transaction.commit();
  };
  const bool was_interrupted = Eraser::has_pieces(database);
  if (!found.is_empty() || was_interrupted)
    Eraser(database, write, std::nullopt).erase(found, "restore", "postbackctl: restore", now);
  for (const std::string& time : listed.times)
    note_known(database, time);
  if (!found.is_empty() || was_interrupted) database.exec("VACUUM"); // as SqliteArchive::complete_erasure
  return found.count();
}

} // namespace

Erased erase_listed(const std::filesystem::path& copy, const ErasureList& list, base::TimePoint now)
{
  try {
    SQLite::Database database(copy.string(), SQLite::OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW);
    return erase_all(database, list, now);
  } catch (const SQLite::Exception& e) {
    throw base::Failure(
        base::Errc::unavailable,
        fmt::format("cannot erase in '{}' what was erased since the backup: {}", copy.string(), e.what()));
  }
}

} // namespace postbackd::store::sqlite

#include "store/sqlite/erasure/erase_listed.hpp"

#include <SQLiteCpp/Database.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "base/error.hpp"
#include "sql/statement.hpp"
#include "sqlite/database.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/files/registration_row.hpp"
#include "store/tables/erasure/eraser.hpp"
#include "store/tables/erasure/erasure_search.hpp"

namespace postbackd::store::sqlite
{
namespace
{

// A copy of this store needs none of that a second time: what came after it may stay.
void note_known(sql::Database& database, const std::string& time)
{
  sql::Statement insert(database,
                        "INSERT INTO erasures (erased_at, reason, queries, postbacks, objects, app_events, "
                        "who) VALUES (?1, 'restore', 0, 0, 0, 0, 'noted in the list of erasures')");
  sql::bind_text(insert, 1, time);
  insert.exec();
}

Erased erase_all(sql::Database& database, const ErasureList& list, base::TimePoint now)
{
  // A crash leaves no journal that the next copy would be given; that copy begins anew.
  database.exec("PRAGMA journal_mode = MEMORY; PRAGMA secure_delete = ON; PRAGMA temp_store = FILE");
  erase_registration(database); // it may be of somebody
  const ErasureList::Listed listed = list.find(database);
  const tables::FoundToErase found = tables::ErasureSearch(database).complete(listed.rows);
  const auto write = [&database](const std::function<void(sql::Database&)>& work) {
    sql::in_transaction(database, [&] { work(database); });
  };
  const bool was_interrupted = tables::Eraser::has_pieces(database);
  if (!found.is_empty() || was_interrupted)
    tables::Eraser(database, {.write = write}).erase(found, "restore", "postbackctl: restore", now);
  for (const std::string& time : listed.times)
    note_known(database, time);
  if (!found.is_empty() || was_interrupted) database.exec("VACUUM"); // as SqliteArchive::complete_erasure
  return found.count();
}

[[noreturn]] void refuse(const std::filesystem::path& copy, const std::exception& e)
{
  throw base::Failure(
      base::Errc::unavailable,
      fmt::format("cannot erase in '{}' what was erased since the backup: {}", copy.string(), e.what()));
}

} // namespace

Erased erase_listed(const std::filesystem::path& copy, const ErasureList& list, base::TimePoint now)
{
  try {
    SQLite::Database file(copy.string(), SQLite::OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW);
    Database database(file);
    return erase_all(database, list, now);
  } catch (const SQLite::Exception& e) {
    refuse(copy, e);
  } catch (const sql::Failure& e) {
    refuse(copy, e);
  }
}

} // namespace postbackd::store::sqlite

#include "store/sqlite/sqlite_engine.hpp"

#include <filesystem>

#include "sql/statement.hpp"
#include "store/sqlite/erasure/erasure_list.hpp"
#include "store/sqlite/files/registration_row.hpp"

namespace postbackd::store::sqlite
{
namespace
{

// Free pages that stay in the file for new rows, and pages that one step gives back.
constexpr int kept_free_pages = 1'024; // 4 MiB
constexpr int given_back_pages = 256;

} // namespace

std::unique_ptr<sql::Connection> SqliteEngine::open_reader()
{
  return std::make_unique<Connection>(options_, Connection::Mode::read);
}

const char* SqliteEngine::size_sql() const
{
  return "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
}

std::uint64_t SqliteEngine::journal_bytes()
{
  std::error_code absent;
  const auto wal = std::filesystem::file_size(options_.path.string() + "-wal", absent);
  return absent ? 0 : wal;
}

void SqliteEngine::note_erasure(sql::Database& reader, const tables::FoundToErase& found, base::TimePoint now)
{
  ErasureList(options_.path).add(reader, found, now);
}

void SqliteEngine::forget_registration(sql::Database& writer) { erase_registration(writer); }

bool SqliteEngine::give_back_space(sql::Database& writer)
{
  if (sql::number_of(writer, "PRAGMA freelist_count") <= kept_free_pages) return false;
  sql::Statement vacuum(writer, "PRAGMA incremental_vacuum(" + std::to_string(given_back_pages) + ")");
  while (vacuum.step()) {
  }
  return true;
}

base::Result<void> SqliteEngine::destroy_erased(const std::function<base::Result<void>()>& commit)
{
  return checkpointer_.empty_wal(commit);
}

} // namespace postbackd::store::sqlite

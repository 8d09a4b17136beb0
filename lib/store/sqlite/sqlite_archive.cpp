#include "store/sqlite/sqlite_archive.hpp"

#include <thread>

#include "base/file_lock.hpp"
#include "sqlite/checkpoints.hpp"
#include "sqlite/raw_file.hpp"
#include "store/leadership.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/erasure/erasure_list.hpp"
#include "store/sqlite/erasure/remains.hpp"
#include "store/sqlite/files/backup.hpp"
#include "store/sqlite/files/lock_path.hpp"
#include "store/sqlite/files/registration_row.hpp"
#include "store/sqlite/files/verification.hpp"
#include "store/tables/common/settings.hpp"
#include "store/tables/verification.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr std::chrono::milliseconds look_period{100};
constexpr std::chrono::seconds patience{60};

constexpr std::size_t read_at_once = 1 << 20;

bool mentions(const RawFile& file, const model::DataSubject& subject)
{
  model::SubjectSearch search(subject, true);
  std::int64_t offset = 0;
  for (std::string next = file.read(offset, read_at_once); !next.empty();
       next = file.read(offset, read_at_once)) {
    offset += static_cast<std::int64_t>(next.size());
    if (search.add(next)) return true;
  }
  return search.add({});
}

// Returns whether the bytes may be in a file of the store, also where SQLite has no use for them. The WAL
// must be empty.
bool may_be_left(Connection& connection, const model::DataSubject& subject)
{
  return mentions(RawFile::database(connection), subject) || mentions(RawFile::wal(connection), subject);
}

} // namespace

void SqliteArchive::back_up(const std::filesystem::path& to, const SearchProgress& progress)
{
  translated(connection_.database(), [&] { sqlite::back_up(connection_.database().raw(), to, progress); });
}

void SqliteArchive::verify(
    const std::function<void(const std::string& problem)>& say,
    const std::function<void(const std::string& what, std::int64_t done, std::int64_t total)>& progress)
{
  check_tables(database(), say, progress);
  tables::check_relations(database(), say, progress);
  tables::check_bodies(database(), say, progress);
}

std::vector<std::string> SqliteArchive::complete_erasure(const ToErase& which)
{
  empty_wal();
  if (!which.subject) return {};
  if (may_be_left(connection_, *which.subject)) {
    // A page that was divided can keep a copy of a row where SQLite has no use for it: only a new file has
    // none.
    database().exec("VACUUM");
    tables::ask_to_scrub(database(), "compacted");
    empty_wal();
  }
  std::vector<std::string> left = rows_with(database(), *which.subject); // that have come meanwhile
  for (std::string& file : files_with(connection_.path(), *which.subject))
    left.push_back(std::move(file));
  return left;
}

void SqliteArchive::note_erasure(const tables::FoundToErase& found, base::TimePoint now)
{
  ErasureList(connection_.path()).add(database(), found, now);
}

void SqliteArchive::forget_registration() { erase_registration(database()); }

// The daemon makes the checkpoints; this program only where there is none.
void SqliteArchive::empty_wal()
{
  const auto end = std::chrono::steady_clock::now() + patience;
  const auto asked = [this] { return !tables::setting(database(), "scrub").empty(); };
  const auto is_led = [this] { return base::FileLock::is_taken(lock_path(connection_.path(), Duty::keep)); };
  while (is_led() && asked()) {
    if (std::chrono::steady_clock::now() > end)
      throw base::Failure(
          base::Errc::unavailable,
          "postbackd cannot empty the WAL: its log says who holds it (not_erased). Run the command again");
    std::this_thread::sleep_for(look_period);
  }
  if (!asked()) return;
  Checkpoints checkpoints(connection_);
  checkpoints.move(connection_);
  tables::commit_something(database());
  if (const base::Result<void> emptied = checkpoints.truncate(connection_); !emptied)
    throw base::Failure(emptied.error());
  tables::set_setting(database(), "scrub", "");
}

} // namespace postbackd::store::sqlite

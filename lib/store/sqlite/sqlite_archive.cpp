#include "store/sqlite/sqlite_archive.hpp"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include <algorithm>
#include <thread>

#include "base/file_lock.hpp"
#include "sqlite/checkpoints.hpp"
#include "sqlite/raw_file.hpp"
#include "sqlite/reading.hpp"
#include "sqlite/statement.hpp"
#include "store/leadership.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/common/settings.hpp"
#include "store/sqlite/erasure/eraser.hpp"
#include "store/sqlite/erasure/erasure_search.hpp"
#include "store/sqlite/erasure/remains.hpp"
#include "store/sqlite/files/backup.hpp"
#include "store/sqlite/files/lock_path.hpp"
#include "store/sqlite/files/verification.hpp"
#include "store/sqlite/postbacks/postback_table.hpp"
#include "store/sqlite/queries/audit_table.hpp"
#include "text/time.hpp"

namespace postbackd::store
{

const std::vector<const char*> Archive::exported{"receipt", "received_at", "kind",     "id",  "query_id",
                                                 "label",   "key",         "metadata", "api", "datasets",
                                                 "status",  "problem",     "document"};

namespace sqlite
{
namespace
{

constexpr int postbacks_at_once = 100; // in one read transaction, so that the WAL does not grow
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

const char* reason_of(const ToErase& which)
{
  if (!which.subject) return which.receipt ? "receipt" : "query";
  return which.subject->has_document() ? "document" : "email";
}

std::string export_sql()
{
  std::string columns;
  for (const char* column : Archive::exported)
    columns += (columns.empty() ? "p." : ", p.") + std::string(column);
  const std::size_t document = columns.rfind("p.document");
  return "SELECT " + columns.substr(0, document) +
         "b.json FROM v_postbacks p JOIN v_bodies b USING (receipt) WHERE p.receipt = ?1";
}

} // namespace

std::string SqliteArchive::id()
{
  return translated(connection_, [&] { return setting(database(), "store_id"); });
}

void SqliteArchive::back_up(const std::filesystem::path& to, const SearchProgress& progress)
{
  translated(connection_, [&] { sqlite::back_up(database(), to, progress); });
}

void SqliteArchive::note_backup(base::TimePoint made, std::optional<base::TimePoint> due)
{
  translated(connection_, [&] {
    SQLite::Transaction transaction(database(), SQLite::TransactionBehavior::IMMEDIATE);
    const auto before = text::parse_time(setting(database(), "backup"));
    const auto due_before = text::parse_time(setting(database(), "backup_due"));
    if (!due && before && due_before) due = made + (*due_before - *before);
    set_setting(database(), "backup", text::format_time(made));
    if (due) set_setting(database(), "backup_due", text::format_time(*due));
    transaction.commit();
  });
}

void SqliteArchive::verify(
    const std::function<void(const std::string& problem)>& say,
    const std::function<void(const std::string& what, std::int64_t done, std::int64_t total)>& progress)
{
  translated(connection_, [&] { sqlite::verify(database(), say, progress); });
}

void SqliteArchive::export_postbacks(
    base::TimePoint since, const std::function<bool(const std::vector<std::optional<std::string>>&)>& take)
{
  translated(connection_, [&] {
    SQLite::Statement next(database(),
                           "SELECT receipt FROM postbacks WHERE receipt > ?1 ORDER BY receipt LIMIT ?2");
    SQLite::Statement row(database(), export_sql());
    std::int64_t last = PostbackTable::first_receipt(since) - 1;
    for (std::vector<std::int64_t> receipts;; receipts.clear()) {
      next.bind(1, last);
      next.bind(2, postbacks_at_once);
      while (next.executeStep())
        receipts.push_back(next.getColumn(0).getInt64());
      next.reset();
      if (receipts.empty()) return;
      last = receipts.back();
      for (const std::int64_t receipt : receipts) {
        const Reset reset(row);
        row.bind(1, receipt);
        if (!row.executeStep()) continue; // retention was faster
        std::vector<std::optional<std::string>> values;
        for (int column = 0; column < row.getColumnCount(); ++column)
          values.push_back(text_or_nothing(row, column));
        if (!take(values)) return;
      }
    }
  });
}

Erased SqliteArchive::erase(const ToErase& which, const std::string& who, bool dry_run, base::TimePoint now,
                            const SearchProgress& progress)
{
  return translated(connection_, [&] {
    const FoundToErase found = ErasureSearch(database()).find(which, progress);
    const auto write = [this](const std::function<void(SQLite::Database&)>& work) {
      SQLite::Transaction transaction(database(), SQLite::TransactionBehavior::IMMEDIATE);
      work(database());
      transaction.commit();
    };
    if (!dry_run)
      Eraser(database(), write, ErasureList(connection_.path())).erase(found, reason_of(which), who, now);
    return found.count();
  });
}

std::vector<std::string> SqliteArchive::complete_erasure(const ToErase& which)
{
  return translated(connection_, [&]() -> std::vector<std::string> {
    empty_wal();
    if (!which.subject) return {};
    if (may_be_left(connection_, *which.subject)) {
      // A page that was divided can keep a copy of a row where SQLite has no use for it: only a new file has
      // none.
      database().exec("VACUUM");
      ask_to_scrub(database(), "compacted");
      empty_wal();
    }
    std::vector<std::string> left = rows_with(database(), *which.subject); // that have come meanwhile
    for (std::string& file : files_with(connection_.path(), *which.subject))
      left.push_back(std::move(file));
    return left;
  });
}

void SqliteArchive::note_access(const std::string& who, const std::string& action, const std::string& query,
                                base::TimePoint now)
{
  translated(connection_,
             [&] { sqlite::note_access(database(), who, action, query, text::format_time(now)); });
}

// The daemon makes the checkpoints; this program only where there is none.
void SqliteArchive::empty_wal()
{
  const auto end = std::chrono::steady_clock::now() + patience;
  const auto asked = [this] { return !setting(database(), "scrub").empty(); };
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
  commit_something(database());
  if (const base::Result<void> emptied = checkpoints.truncate(connection_); !emptied)
    throw base::Failure(emptied.error());
  set_setting(database(), "scrub", "");
}

} // namespace sqlite
} // namespace postbackd::store

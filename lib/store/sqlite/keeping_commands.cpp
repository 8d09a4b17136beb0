// The operator's side of keeping: backup, verification, export, erasure.
#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>

#include <algorithm>
#include <thread>

#include "sqlite/reading.hpp"
#include "sqlite/statement.hpp"
#include "store/sqlite/erasure/erasure.hpp"
#include "store/sqlite/files/backup.hpp"
#include "store/sqlite/files/verification.hpp"
#include "store/sqlite/names.hpp"
#include "store/sqlite/postbacks/postback_table.hpp"
#include "store/sqlite/sqlite_operator_store.hpp"

namespace postbackd::store
{

const std::vector<const char*> OperatorStore::exported{
    "receipt",  "received_at", "kind",     "id",     "query_id", "label",   "key",
    "metadata", "api",         "datasets", "status", "problem",  "document"};

namespace sqlite
{
namespace
{

constexpr int postbacks_at_once = 100; // in one read transaction, so that the WAL does not grow
constexpr std::chrono::milliseconds look_period{100};
constexpr std::chrono::seconds patience{60};

std::string export_sql()
{
  std::string columns;
  for (const char* column : OperatorStore::exported)
    columns += (columns.empty() ? "p." : ", p.") + std::string(column);
  const std::size_t document = columns.rfind("p.document");
  return "SELECT " + columns.substr(0, document) +
         "b.json FROM v_postbacks p JOIN v_bodies b USING (receipt) WHERE p.receipt = ?1";
}

} // namespace

void SqliteOperatorStore::back_up(const std::filesystem::path& to, const SearchProgress& progress)
{
  translated(connection_, [&] { sqlite::back_up(database(), to, progress); });
}

void SqliteOperatorStore::verify(
    const std::function<void(const std::string& problem)>& say,
    const std::function<void(const std::string& what, std::int64_t done, std::int64_t total)>& progress)
{
  translated(connection_, [&] { sqlite::verify(database(), say, progress); });
}

void SqliteOperatorStore::export_postbacks(
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

Erased SqliteOperatorStore::erase(const ToErase& which, bool dry_run, base::TimePoint now,
                                  const SearchProgress& progress)
{
  return translated(connection_, [&] {
    Erasure erasure(database(), which, progress);
    const Erased found = erasure.find();
    if (!dry_run) erasure.erase(now);
    return found;
  });
}

void SqliteOperatorStore::complete_erasure(const ToErase& which)
{
  translated(connection_, [&] {
    empty_wal();
    if (!which.document || !Erasure::is_left(*which.document, connection_.path())) return;
    // A page that was divided can keep a copy of a row where SQLite has no use for it: only a new file has
    // none.
    database().exec("VACUUM");
    database().exec("UPDATE settings SET value = 'compacted' WHERE name = 'scrub'");
    empty_wal();
    if (Erasure::is_left(*which.document, connection_.path()))
      throw base::Failure(base::Errc::unavailable, "new postbacks have the document: erase it again");
  });
}

// The daemon makes the checkpoints; this program only where there is none.
void SqliteOperatorStore::empty_wal()
{
  const auto end = std::chrono::steady_clock::now() + patience;
  const auto asked = [this] {
    return !database().execAndGet("SELECT value FROM settings WHERE name = 'scrub'").getString().empty();
  };
  while (is_led(Duty::keep) && asked()) {
    if (std::chrono::steady_clock::now() > end)
      throw base::Failure(
          base::Errc::unavailable,
          "postbackd cannot empty the WAL: its log says who holds it (not_erased). Run the command again");
    std::this_thread::sleep_for(look_period);
  }
  if (!asked()) return;
  const int code = sqlite3_wal_checkpoint_v2(database().getHandle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE,
                                             nullptr, nullptr);
  if (code != SQLITE_OK)
    throw base::Failure(base::Errc::unavailable,
                        std::string("the WAL cannot be emptied: ") + sqlite3_errmsg(database().getHandle()));
  database().exec("UPDATE settings SET value = '' WHERE name = 'scrub'");
}

} // namespace sqlite
} // namespace postbackd::store

#include "sqlite/checkpoints.hpp"

#include <sqlite3.h>

#include <algorithm>

namespace postbackd::sqlite
{
namespace
{

constexpr std::chrono::milliseconds truncating_patience{20};

} // namespace

Checkpoints::Checkpoints(Connection& connection)
    : lock_(connection.resolved_path().string() + "-checkpoint.lock"), wal_index_(connection)
{
}

std::optional<Checkpoints::Made> Checkpoints::move(Connection& connection)
{
  const base::FileLock::Hold turn = lock_.try_hold();
  if (!turn || wal_index_.waiting_pages() == 0) return std::nullopt;
  return checkpoint(connection, SQLITE_CHECKPOINT_PASSIVE);
}

base::Result<void> Checkpoints::truncate(Connection& connection)
{
  const base::FileLock::Hold turn = lock_.try_hold();
  if (!turn) return base::Error{base::Errc::unavailable, "another process makes a checkpoint"};
  // Without the write lock SQLite goes on as PASSIVE.
  if (wal_index_.waiting_pages() == 0)
    return base::Error{base::Errc::unavailable,
                       "the WAL has been moved by somebody else: commit and try again"};
  const auto usual = connection.be_patient_for(truncating_patience);
  const Made made = checkpoint(connection, SQLITE_CHECKPOINT_TRUNCATE);
  connection.be_patient_for(usual);
  if (!made.error) return {};
  const auto reader = wal_index_.find_reader();
  return base::Error{made.error->code, "the WAL cannot be emptied: " + made.error->message +
                                           (reader ? ", held by " + *reader : "")};
}

Checkpoints::Made Checkpoints::checkpoint(Connection& connection, int mode)
{
  sqlite3* const handle = connection.database().raw().getHandle();
  Made made;
  const int code = sqlite3_wal_checkpoint_v2(handle, nullptr, mode, &made.pages, &made.moved);
  made.pages = std::max(made.pages, 0);
  made.moved = std::max(made.moved, 0);
  const bool is_held = (code & 0xff) == SQLITE_BUSY && mode == SQLITE_CHECKPOINT_PASSIVE;
  if (code != SQLITE_OK && !is_held)
    made.error = connection.failures().note(to_error(code, sqlite3_errmsg(handle)));
  return made;
}

} // namespace postbackd::sqlite

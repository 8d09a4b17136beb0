#include "sqlite/group_writer.hpp"

#include <sqlite3.h>

namespace postbackd::sqlite
{

GroupWriter::GroupWriter(Connection& connection, Options options)
    : connection_(connection), wal_index_(connection), options_(std::move(options))
{
  const auto count_pages = [](void* self, sqlite3*, const char*, int pages) {
    static_cast<GroupWriter*>(self)->wal_pages_ = pages;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(connection_.database().raw().getHandle(), count_pages, this);
}

GroupWriter::~GroupWriter() { sqlite3_wal_hook(connection_.database().raw().getHandle(), nullptr, nullptr); }

// Waits for another program's lock, up to the connection's busy timeout.
std::optional<base::Error> GroupWriter::begin()
{
  wal_pages_ = 0;
  try {
    connection_.database().exec("BEGIN IMMEDIATE");
    return std::nullopt;
  } catch (const sql::Failure& e) {
    base::Error error = e.error();
    if (const auto writer = wal_index_.find_writer()) error.message += ", held by " + *writer;
    return error;
  }
}

void GroupWriter::commit()
{
  connection_.database().exec("COMMIT");
  connection_.files().check(); // before anybody is told that it is kept
}

void GroupWriter::roll_back() noexcept
{
  sqlite3* const handle = connection_.database().raw().getHandle();
  if (!sqlite3_get_autocommit(handle)) sqlite3_exec(handle, "ROLLBACK", nullptr, nullptr, nullptr);
}

void GroupWriter::after_group()
{
  if (options_.after_commit && wal_pages_ > 0) options_.after_commit(wal_pages_);
}

void GroupWriter::look()
{
  look_at_files();
  if (options_.while_idle) options_.while_idle();
}

void GroupWriter::look_at_files()
{
  Failures& failures = connection_.failures();
  if (failures.fatal()) return;
  try {
    connection_.files().check();
    if (const auto cut = wal_index_.find_cut_file()) failures.note({base::Errc::fatal, *cut});
  } catch (const base::Failure& e) {
    failures.note(e.error());
  }
}

} // namespace postbackd::sqlite

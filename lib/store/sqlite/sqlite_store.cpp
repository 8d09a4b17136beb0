#include "store/sqlite/sqlite_store.hpp"

#include <fmt/format.h>

#include "store/sqlite/engine/statement.hpp"

namespace postbackd::store::sqlite
{
namespace
{

ConnectionOptions connection_options(const StoreOptions& options, const char* vfs)
{
  return {options.path, options.busy_timeout, vfs};
}

// Writes the setting that triggers read, because they run in other programs too. Returns the same connection.
SQLite::Database& mirror_settings(SQLite::Database& database, const StoreOptions& options)
{
  SQLite::Statement set(database, "UPDATE settings SET value = ?1 WHERE name = 'deadline' AND value <> ?1");
  set.bind(1, fmt::format("+{} seconds", options.deadline.count()));
  set.exec();
  return database;
}

CommitQueue::Options queue_options(const StoreOptions& options, PostbackTable& table,
                                   Checkpointer& checkpointer, Connection& connection)
{
  CommitQueue::Options result;
  result.most_jobs = options.queue_jobs;
  result.most_bytes = options.queue_bytes;
  result.before_group = [&table] { table.begin_group(); };
  result.before_commit = [&table] { table.end_group(); };
  result.after_commit = [&checkpointer, &connection](int wal_pages) {
    checkpointer.committed(wal_pages, connection);
  };
  result.while_idle = [&checkpointer] { checkpointer.look(); };
  if (options.on_group)
    result.on_group = [&table, tell = options.on_group](CommitGroup group) {
      table.tell_events(group);
      tell(group);
    };
  result.on_fatal = options.on_fatal;
  return result;
}

} // namespace

SqliteStore::SqliteStore(StoreOptions options, const char* vfs, const Checkpointer::Pages& pages)
    : connection_(connection_options(options, vfs), Connection::Mode::create),
      table_(mirror_settings(connection_.database(), options), options.note_events),
      checkpointer_(connection_options(options, vfs), pages),
      queue_(connection_, queue_options(options, table_, checkpointer_, connection_)),
      postbacks_(connection_options(options, vfs), options, connection_.database(), table_, checkpointer_,
                 queue_),
      deliveries_(connection_options(options, vfs), connection_.database(), queue_),
      delivery_control_(connection_options(options, vfs), connection_.database(), queue_),
      submissions_(connection_options(options, vfs), connection_.database(), table_, queue_),
      queries_(connection_options(options, vfs), connection_.database(), queue_, options.has_room),
      fanbase_(connection_options(options, vfs), connection_.database(), queue_, options.has_room)
{
}

bool SqliteStore::try_lead(Duty duty)
{
  return locks_.try_emplace(duty, lock_path(connection_.path(), duty)).first->second.try_take();
}

std::filesystem::path lock_path(const std::filesystem::path& store, Duty duty)
{
  const char* name = duty == Duty::deliver ? "-deliver" : duty == Duty::ask ? "-ask" : "-keep";
  return store.string() + name + ".lock";
}

} // namespace postbackd::store::sqlite

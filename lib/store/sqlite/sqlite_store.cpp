#include "store/sqlite/sqlite_store.hpp"

#include <fmt/format.h>

#include "sqlite/statement.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/common/settings.hpp"
#include "store/sqlite/files/lock_path.hpp"
#include "store/sqlite/files/open_file.hpp"

namespace postbackd::store::sqlite
{
namespace
{

ConnectionOptions connection_options(const StoreOptions& options, const char* vfs)
{
  return {options.path, options.busy_timeout, vfs, std::make_shared<Failures>(options.on_fatal)};
}

// Writes the settings that SQL reads, because it runs in other programs too. Returns the same connection.
SQLite::Database& mirror_settings(SQLite::Database& database, const StoreOptions& options)
{
  SQLite::Statement set(database, "UPDATE settings SET value = ?1 WHERE name = ?2 AND value <> ?1");
  for (const auto& [name, value] : {std::pair("deadline", options.deadline), {"expires", options.expires}}) {
    set.bind(1, fmt::format("+{} seconds", value.count()));
    set.bind(2, name);
    execute(set);
  }
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
    result.on_group = [&table, tell = options.on_group](const CommitQueue::Group& committed) {
      CommitGroup group{committed.jobs, committed.waited, committed.commit};
      table.tell_events(group);
      tell(group);
    };
  return result;
}

} // namespace

SqliteStore::SqliteStore(StoreOptions options, const char* vfs, const CheckpointPages& pages)
    : connections_(connection_options(options, vfs)),
      connection_(open_file(connections_, Connection::Mode::create, options.why_not_made)),
      id_(setting(connection_.database(), "store_id")),
      table_(mirror_settings(connection_.database(), options), options.note_events),
      checkpointer_(connections_, pages),
      queue_(connection_, queue_options(options, table_, checkpointer_, connection_)),
      large_bodies_(connection_.database(), queue_, options.has_room),
      postbacks_(connections_, connection_.database(), table_, large_bodies_, queue_),
      upkeep_(connections_, connection_.database(), large_bodies_, checkpointer_, queue_),
      deliveries_(connections_, connection_.database(), queue_),
      delivery_control_(connections_, connection_.database(), queue_),
      submissions_(connections_, connection_.database(), table_, queue_),
      queries_(connections_, connection_.database(), queue_, options.has_room),
      fanbase_(connections_, connection_.database(), queue_, options.has_room),
      watch_(connections_, connection_.database(), queue_), health_check_(connections_)
{
}

bool SqliteStore::try_lead(Duty duty)
{
  return locks_.try_emplace(duty, lock_path(connection_.path(), duty)).first->second.try_take();
}

} // namespace postbackd::store::sqlite

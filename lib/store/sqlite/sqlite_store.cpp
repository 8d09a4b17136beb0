#include "store/sqlite/sqlite_store.hpp"

#include <fmt/format.h>

#include "sql/statement.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/files/lock_path.hpp"
#include "store/sqlite/files/open_file.hpp"
#include "store/tables/move/filling.hpp"
#include "store/tables/queue_options.hpp"

namespace postbackd::store::sqlite
{
namespace
{

ConnectionOptions connection_options(const StoreOptions& options, const char* vfs)
{
  return {options.path, options.busy_timeout, vfs, std::make_shared<Failures>(options.on_fatal)};
}

// Writes the settings that SQL reads, because it runs in other programs too. Returns the same connection.
sql::Database& mirror_settings(sql::Database& database, const StoreOptions& options)
{
  sql::Statement set(database, "UPDATE settings SET value = ?1 WHERE name = ?2 AND value <> ?1");
  for (const auto& [name, value] : {std::pair("deadline", options.deadline), {"expires", options.expires}}) {
    set.bind(1, fmt::format("+{} seconds", value.count()));
    set.bind(2, name);
    sql::execute(set);
  }
  return database;
}

// Whoever has nothing to write would never hear of it.
void look_for_move(Connection& connection)
{
  if (connection.failures().fatal()) return;
  try {
    tables::refuse_moved(connection.database());
  } catch (const base::Failure& e) {
    connection.failures().note(e.error());
  }
}

GroupWriter::Options writer_options(Checkpointer& checkpointer, Connection& connection)
{
  return {.after_commit = [&checkpointer,
                           &connection](int wal_pages) { checkpointer.committed(wal_pages, connection); },
          .while_idle =
              [&checkpointer, &connection] {
                checkpointer.look();
                look_for_move(connection);
              }};
}

} // namespace

SqliteStore::SqliteStore(StoreOptions options, const char* vfs, const CheckpointPages& pages)
    : connections_(connection_options(options, vfs)),
      connection_(open_file(connections_, Connection::Mode::create, options.why_not_made)),
      id_(tables::id_of_store(connection_.database())),
      table_(mirror_settings(connection_.database(), options), options.note_events),
      checkpointer_(connections_, pages), writer_(connection_, writer_options(checkpointer_, connection_)),
      queue_(writer_, tables::queue_options(options, table_)), engine_(connections_, checkpointer_),
      large_bodies_(connection_.database(), queue_, options.has_room),
      postbacks_(engine_, connection_.database(), table_, large_bodies_, queue_),
      upkeep_(engine_, connection_.database(), large_bodies_, queue_),
      deliveries_(engine_, connection_.database(), queue_),
      delivery_control_(engine_, connection_.database(), queue_),
      submissions_(engine_, connection_.database(), table_, queue_),
      queries_(engine_, connection_.database(), queue_, options.has_room),
      fanbase_(engine_, connection_.database(), queue_, options.has_room),
      watch_(engine_, connection_.database(), queue_), health_check_(connections_)
{
}

bool SqliteStore::try_lead(Duty duty)
{
  if (!locks_.try_emplace(duty, lock_path(connection_.path(), duty)).first->second.try_take()) return false;
  led_.insert(duty);
  return true;
}

} // namespace postbackd::store::sqlite

#include "store/postgresql/postgresql_store.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.hpp"
#include "base/log.hpp"
#include "store/postgresql/open_server.hpp"
#include "store/tables/common/settings.hpp"
#include "store/tables/move/filling.hpp"
#include "store/tables/queue_options.hpp"

namespace postbackd::store::postgresql
{
namespace
{

// Makes the store where there is none, unless it may not.
postbackd::postgresql::ConnectionOptions prepared(const StoreOptions& options)
{
  auto connections = connection_options(options, options.busy_timeout, options.commit_timeout);
  postbackd::postgresql::Database database(connections);
  const bool is_there = has_store(database);
  if (!is_there && !options.why_not_made.empty())
    throw base::Failure(base::Errc::not_found, options.why_not_made);
  make_store(database);
  if (!is_there) base::log::warning("store_created", {{"path", options.text()}});
  return connections;
}

// Writes the settings that SQL reads, because triggers run for other programs too. Returns the same database.
sql::Database& mirror_settings(sql::Database& database, const StoreOptions& options)
{
  in_transaction(database, [&] {
    sql::Statement set(database, "UPDATE settings SET value = ?1 WHERE name = ?2 AND value <> ?1");
    for (const auto& [name, value] :
         {std::pair("deadline", options.deadline), {"expires", options.expires}}) {
      set.bind(1, fmt::format("+{} seconds", value.count()));
      set.bind(2, name);
      sql::execute(set);
    }
  });
  return database;
}

sql::CommitQueue::Options queue_options(const StoreOptions& options, tables::PostbackTable& table,
                                        Listener& listener)
{
  sql::CommitQueue::Options result = tables::queue_options(options, table);
  result.on_group = [&listener, tell = std::move(result.on_group)](const sql::CommitQueue::Group& group) {
    listener.committed();
    if (tell) tell(group);
  };
  return result;
}

} // namespace

PostgresqlStore::PostgresqlStore(StoreOptions options)
    : connections_(prepared(options)), process_(base::to_hex(base::random_bytes(8))),
      writer_(connections_, process_, options.on_fatal), id_(tables::id_of_store(writer_.database())),
      leases_(connections_, process_, options.lease), listener_(connections_, options.on_others),
      table_(mirror_settings(writer_.database(), options)),
      queue_(writer_, queue_options(options, table_, listener_)), engine_(connections_, leases_, writer_),
      large_bodies_(writer_.database(), queue_, options.has_room),
      postbacks_(engine_, writer_.database(), table_, large_bodies_, queue_),
      upkeep_(engine_, writer_.database(), large_bodies_, queue_),
      deliveries_(engine_, writer_.database(), queue_),
      delivery_control_(engine_, writer_.database(), queue_),
      submissions_(engine_, writer_.database(), table_, queue_),
      queries_(engine_, writer_.database(), queue_, options.has_room),
      fanbase_(engine_, writer_.database(), queue_, options.has_room),
      watch_(engine_, writer_.database(), queue_)
{
}

void PostgresqlStore::agree(const std::string& what, const std::vector<std::string>& values)
{
  const auto note = [&] {
    sql::Database& database = writer_.database();
    const std::string noted = tables::setting(database, what.c_str());
    const bool is_known = std::find(values.begin(), values.end(), noted) != values.end();
    if (!is_known && !noted.empty())
      throw base::Failure(base::Errc::invalid,
                          what +
                              ": the other machines of this store have another one; give this one the same");
    if (values.empty() || noted == values.front()) return;
    tables::put_setting(database, what.c_str(), values.front());
  };
  queue_.run_blocking(note).value();
}

} // namespace postbackd::store::postgresql

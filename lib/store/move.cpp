#include "store/move.hpp"

#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "base/host_name.hpp"
#include "store/open.hpp"
#include "store/postgresql/open_server.hpp"
#include "store/postgresql/postgresql_move_end.hpp"
#include "store/sqlite/sqlite_move_end.hpp"
#include "store/tables/common/settings.hpp"
#include "store/tables/move/filling.hpp"
#include "store/tables/move/mover.hpp"

namespace postbackd::store
{
namespace
{

// As the old store names the new one: the URL without a password, or HOST:/PATH.
std::string place_text(const StoreAddress& address)
{
  return address.server ? address.server->url : base::host_name() + ":" + address.path.string();
}

StoreAddress address_of(const std::string& place, const std::function<std::string()>& password)
{
  StoreAddress address;
  if (is_server_url(place)) {
    address.server = ServerAddress{place, password()};
    return address;
  }
  const std::size_t colon = place.find(':');
  if (place.substr(0, colon) != base::host_name())
    throw base::Failure(base::Errc::invalid, "the store has moved to another machine: " + place);
  address.path = place.substr(colon + 1);
  return address;
}

struct Ends {
  std::unique_ptr<sqlite::SqliteMoveEnd> file;
  std::unique_ptr<postgresql::PostgresqlMoveEnd> server;
  bool to_server;

  Ends(const StoreAddress& from, const StoreAddress& to) : to_server(to.server.has_value())
  {
    if (from.server.has_value() == to.server.has_value())
      throw base::Failure(base::Errc::invalid,
                          "a store moves between a file and a database of PostgreSQL; a file is "
                          "moved by a backup and a restore, a database by PostgreSQL's tools");
    using Mode = sqlite::Connection::Mode;
    file = std::make_unique<sqlite::SqliteMoveEnd>(to_server ? from.path : to.path,
                                                   to_server ? Mode::existing : Mode::create);
    server = std::make_unique<postgresql::PostgresqlMoveEnd>(to_server ? to : from, to_server);
  }
  tables::MoveEnd& source() { return to_server ? static_cast<tables::MoveEnd&>(*file) : *server; }
  tables::MoveEnd& target() { return to_server ? static_cast<tables::MoveEnd&>(*server) : *file; }
};

// Also for whoever only wants to hear from a daemon whose server is away: it is soon over.
tables::MoveMarks marks_of(const StoreAddress& address)
{
  constexpr std::chrono::seconds moment{2};
  if (address.server) {
    auto options = postgresql::connection_options(address, moment, moment);
    options.connect_timeout = moment;
    options.writes = false;
    postbackd::postgresql::Database database(options);
    return tables::move_marks(database);
  }
  auto connection = sqlite::open_file({address.path}, sqlite::Connection::Mode::read);
  return tables::move_marks(connection.database());
}

void stop_noting(tables::MoveEnd& source, const std::vector<tables::MovedTable>& tables)
{
  in_transaction(source.database(), [&] {
    if (const std::string brief = source.be_brief_sql(); !brief.empty()) source.database().exec(brief);
    source.database().exec("DELETE FROM settings WHERE name = 'moving_to'");
    for (const tables::MovedTable& table : tables)
      source.database().exec(source.stop_watching_sql(table));
    source.database().exec(source.end_watching_sql(tables));
  });
}

// What is left to do once nobody can change the old store. Any number of processes may do it at once: each
// that starts meanwhile needs the new one, and not that the one that moved it ends.
void end_move(const StoreAddress& from, const StoreAddress& to)
{
  Ends ends(from, to);
  const std::string filled = tables::move_marks(ends.target().database()).source;
  if (!filled.empty() && filled != tables::setting(ends.source().database(), "store_id"))
    throw base::Failure(base::Errc::invalid, to.text() + ": another store is being moved there");
  tables::end_filling(ends.target(), ends.file->tables());
}

} // namespace

Moved move(const StoreAddress& from, const StoreAddress& to, const MoveProgress& progress)
{
  if (to.server && to.text() != to.server->url)
    throw base::Failure(base::Errc::invalid,
                        "the address has a password: give it by [store] password, or as every "
                        "client of PostgreSQL takes it (PGPASSFILE, PGSERVICEFILE)");
  Ends ends(from, to);
  ends.file->take();
  ends.server->take();
  const std::string place = place_text(to);
  const tables::MoveMarks marks = tables::move_marks(ends.source().database());
  if (!marks.source.empty())
    throw base::Failure(base::Errc::invalid, "the store is being filled by another move: it is none yet");
  if (!marks.moved_to.empty() && marks.moved_to != place)
    throw base::Failure(base::Errc::invalid, "the store has moved to " + marks.moved_to);
  const auto tables = ends.file->tables();
  if (!marks.moved_to.empty()) {
    tables::end_filling(ends.target(), tables);
    return {.before = true};
  }
  if (!marks.moving_to.empty() && marks.moving_to != place)
    throw base::Failure(base::Errc::invalid, "the store is being moved to " + marks.moving_to +
                                                 ": go on with that, or --abandon it");
  tables::Mover mover(ends.source(), ends.target(), tables, progress);
  mover.watch(place);
  const bool goes_on = marks.moving_to == place;
  try {
    tables::begin_filling(ends.target(), tables, tables::setting(ends.source().database(), "store_id"),
                          goes_on);
  } catch (const base::Failure&) {
    if (!goes_on) stop_noting(ends.source(), tables); // nothing has begun
    throw;
  }
  return mover.run(place);
}

void abandon_move(const StoreAddress& from)
{
  const auto abandon = [](tables::MoveEnd& source, const std::vector<tables::MovedTable>& tables) {
    source.take();
    if (!tables::move_marks(source.database()).moved_to.empty())
      throw base::Failure(base::Errc::invalid, "the store has moved already");
    stop_noting(source, tables);
  };
  if (from.server) {
    postgresql::PostgresqlMoveEnd server(from, false);
    abandon(server, server.tables());
  } else {
    sqlite::SqliteMoveEnd file(from.path, sqlite::Connection::Mode::existing);
    abandon(file, file.tables());
  }
}

StoreAddress place_of(const StoreAddress& named, const std::function<std::string()>& password)
{
  tables::MoveMarks marks;
  try {
    if (named.server || exists(named)) marks = marks_of(named);
  } catch (const base::Failure&) { // whoever opens it says why
  }
  if (!marks.source.empty())
    throw base::Failure(base::Errc::invalid,
                        named.text() + ": `postbackctl store move` has not filled it: run it again");
  if (marks.moved_to.empty()) return named;
  const StoreAddress place = address_of(marks.moved_to, password);
  if (!marks_of(place).source.empty()) end_move(named, place);
  return place_of(place, password);
}

} // namespace postbackd::store

#include "store/sqlite/sqlite_query_store.hpp"

#include <fmt/format.h>

#include "sqlite/reading.hpp"
#include "sqlite/statement.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/deliveries/delivery_table.hpp"
#include "store/sqlite/erasure/eraser.hpp"
#include "store/sqlite/erasure/erasure_search.hpp"
#include "store/sqlite/files/eras.hpp"
#include "store/sqlite/queries/audit_table.hpp"
#include "store/sqlite/queries/query_actions.hpp"
#include "store/sqlite/queries/query_finder.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

using boost::asio::awaitable;

// A body, its pieces, and their size.
constexpr auto raw_body_sql = R"(
  SELECT b.raw, b.raw_pieces, p.bytes FROM bodies b JOIN postbacks p USING (receipt) WHERE b.receipt = ?1 AND p.removed_at IS NULL)";
// The bytes that came, if they are JSON already. All pieces but the last have one size.
constexpr auto json_body_sql = R"(
  SELECT coalesce(b.json, b.raw), iif(b.json IS NOT NULL, NULL, coalesce(b.json_pieces, b.raw_pieces)),
         iif(b.json_pieces IS NULL, p.bytes,
             (SELECT x.part * length(first.bytes) + length(x.bytes)
                FROM pieces x JOIN pieces first ON first.body_id = x.body_id AND first.part = 0
               WHERE x.body_id = b.json_pieces ORDER BY x.part DESC LIMIT 1))
    FROM bodies b JOIN postbacks p USING (receipt) WHERE b.receipt = ?1 AND p.removed_at IS NULL)";
constexpr auto piece_sql = "SELECT bytes FROM pieces WHERE body_id = ?1 AND part = ?2";

std::string condition_of(const QuerySelection& selection)
{
  std::string sql = "1";
  if (selection.client) sql += " AND q.client = ?1 AND q.client <> ''";
  if (selection.state) sql += " AND q.state = ?2";
  if (selection.state && *selection.state != model::QueryState::answered &&
      *selection.state != model::QueryState::recovered)
    sql += " AND q.waiting"; // as the index queries_waiting
  if (selection.label) sql += " AND q.label = ?3";
  if (selection.key) sql += " AND q.key = ?4";
  if (selection.api) sql += " AND q.api = ?5";
  if (selection.before) sql += " AND q.id < ?6";
  return sql;
}

} // namespace

SqliteQueryStore::SqliteQueryStore(const ConnectionOptions& options, SQLite::Database& writer,
                                   CommitQueue& queue, HasRoom has_room)
    : path_(options.path), writer_(writer), registration_(writer), submissions_(writer), queue_(queue),
      has_room_(std::move(has_room)), reader_(options), bodies_reader_(options), list_reader_(options),
      events_reader_(options), erasing_reader_(options)
{
}

awaitable<base::Result<Enqueued>> SqliteQueryStore::register_query(const model::Query& query,
                                                                   base::TimePoint now)
{
  if (has_room_)
    if (const base::Result<void> room = has_room_(0); !room) co_return room.error();
  auto work = [&] { return registration_.register_query(query, now); };
  co_return co_await queue_.run(work);
}

awaitable<base::Result<Enqueued>> SqliteQueryStore::enqueue(const model::Submission& submission,
                                                            const std::string& route, base::TimePoint now)
{
  if (has_room_)
    if (const base::Result<void> room = has_room_(0); !room) co_return room.error();
  auto work = [&] { return submissions_.enqueue(submission, route, now); };
  co_return co_await queue_.run(work);
}

awaitable<base::Result<bool>> SqliteQueryStore::close(const VisibleQuery& query, const std::string& reason,
                                                      base::TimePoint now)
{
  auto work = [&] { return close_queries(writer_, {.row = query->row}, reason, 1, now) == 1; };
  co_return co_await queue_.run(work);
}

void SqliteQueryStore::erase(const VisibleQuery& query, base::TimePoint now)
{
  const auto only = query.viewer().sees_all ? std::nullopt : std::optional(query->client);
  const auto write = [this](const std::function<void(SQLite::Database&)>& work) {
    queue_.run_blocking([&] { work(writer_); }).value();
  };
  erasing_reader_.read([&] {
    const FoundToErase found = ErasureSearch(erasing_reader_.database()).find_query(query->row, only);
    Eraser(erasing_reader_.database(), write, ErasureList(path_))
        .erase(found, "query", query.viewer().client, now);
  });
}

awaitable<base::Result<void>> SqliteQueryStore::note_access(const Access& access, base::TimePoint now)
{
  const std::string time = text::format_time(now);
  auto work = [&] { sqlite::note_access(writer_, access.client, access.action, access.query, time); };
  co_return co_await queue_.run(work);
}

std::optional<QueryRecord> SqliteQueryStore::read(const model::QueryName& name)
{
  return reader_.read([&] { return find_query(reader_.database(), name); });
}

std::optional<QueryRecord> SqliteQueryStore::read_row(std::int64_t row)
{
  return reader_.read([&] { return query_of_row(reader_.database(), row); });
}

std::vector<QueryRecord> SqliteQueryStore::read_list(const QuerySelection& selection, std::size_t most)
{
  return list_reader_.read([&] {
    SQLite::Statement list(list_reader_.database(),
                           std::string("SELECT ") + query_columns + " FROM queries q" + query_joins +
                               "WHERE " + condition_of(selection) + " ORDER BY q.id DESC LIMIT ?7");
    if (selection.client) bind_text(list, 1, *selection.client);
    if (selection.state) bind_word(list, 2, model::to_text(*selection.state));
    if (selection.label) bind_text(list, 3, *selection.label);
    if (selection.key) bind_text(list, 4, *selection.key);
    if (selection.api) bind_text(list, 5, *selection.api);
    if (selection.before) list.bind(6, *selection.before);
    list.bind(7, static_cast<std::int64_t>(most));
    std::vector<QueryRecord> queries;
    while (list.executeStep())
      queries.push_back(read_query(list));
    return queries;
  });
}

QueryStore::StoredBody SqliteQueryStore::body(model::Receipt receipt, bool as_it_came)
{
  return bodies_reader_.read([&] {
    SQLite::Statement find(bodies_reader_.database(), as_it_came ? raw_body_sql : json_body_sql);
    find.bind(1, static_cast<std::int64_t>(receipt));
    if (!find.executeStep())
      throw base::Failure(base::Errc::not_found, "the body of the postback has been deleted");
    StoredBody body;
    body.pieces = number_or_nothing(find, 1);
    body.bytes = body.pieces ? "" : find.getColumn(0).getString();
    body.size = body.pieces ? static_cast<std::uint64_t>(find.getColumn(2).getInt64()) : body.bytes.size();
    return body;
  });
}

std::string SqliteQueryStore::piece(std::int64_t pieces, std::int64_t part)
{
  return bodies_reader_.read([&] {
    SQLite::Statement find(bodies_reader_.database(), piece_sql);
    find.bind(1, pieces);
    find.bind(2, part);
    if (find.executeStep()) return find.getColumn(0).getString();
    find.reset();
    find.bind(2, 0);
    // The first one goes first.
    if (!find.executeStep()) throw base::Failure(base::Errc::not_found, "the body has been deleted");
    return std::string();
  });
}

std::vector<model::Event> SqliteQueryStore::events_after(std::int64_t event, std::size_t most)
{
  return events_reader_.read([&] {
    SQLite::Statement find(events_reader_.database(),
                           std::string("SELECT ") + event_columns + " FROM events e" + event_joins +
                               "WHERE e.id > ?1 AND e.kind <> 'era' ORDER BY e.id LIMIT ?2");
    find.bind(1, event);
    find.bind(2, static_cast<std::int64_t>(most));
    std::vector<model::Event> events;
    while (find.executeStep())
      events.push_back(read_event(find, 0));
    return events;
  });
}

std::vector<model::Event> SqliteQueryStore::events(const std::vector<std::int64_t>& ids)
{
  return events_reader_.read([&] {
    SQLite::Statement find(events_reader_.database(),
                           fmt::format("SELECT {} FROM events e{}WHERE e.id IN ({}) ORDER BY e.id",
                                       event_columns, event_joins, fmt::join(ids, ",")));
    std::vector<model::Event> events;
    while (find.executeStep())
      events.push_back(read_event(find, 0));
    return events;
  });
}

std::optional<std::int64_t> SqliteQueryStore::parted_at(std::int64_t after)
{
  return events_reader_.read([&] { return sqlite::parted_at(events_reader_.database(), after); });
}

QueryStore::Newest SqliteQueryStore::newest()
{
  return events_reader_.read([&] {
    SQLite::Statement find(events_reader_.database(), "SELECT coalesce((SELECT max(id) FROM events), 0), "
                                                      "coalesce((SELECT max(id) FROM erasures), 0)");
    find.executeStep();
    return Newest{find.getColumn(0).getInt64(), find.getColumn(1).getInt64()};
  });
}

} // namespace postbackd::store::sqlite

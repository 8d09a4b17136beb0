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
#include "store/sqlite/queries/body_finder.hpp"
#include "store/sqlite/queries/group_finder.hpp"
#include "store/sqlite/queries/query_actions.hpp"
#include "store/sqlite/queries/query_finder.hpp"
#include "store/sqlite/queries/query_selection.hpp"
#include "store/sqlite/queries/usage_table.hpp"
#include "store/sqlite/submissions/group_filling.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

using boost::asio::awaitable;

constexpr auto extra_sql =
    "SELECT 1 FROM postbacks WHERE receipt = ?1 AND query_row = ?2 AND content = 'result'";

} // namespace

SqliteQueryStore::SqliteQueryStore(const ConnectionOptions& options, SQLite::Database& writer,
                                   CommitQueue& queue, HasRoom has_room)
    : path_(options.path), writer_(writer), registration_(writer), submissions_(writer), queue_(queue),
      has_room_(std::move(has_room)), reader_(options), bodies_reader_(options), list_reader_(options),
      events_reader_(options), erasing_reader_(options)
{
  if (!has_room_) has_room_ = [](std::uint64_t) { return base::Result<void>(); };
}

awaitable<base::Result<Enqueued>> SqliteQueryStore::register_query(const model::Query& query,
                                                                   base::TimePoint now)
{
  if (const base::Result<void> room = has_room_(0); !room) co_return room.error();
  auto work = [&] { return registration_.register_query(query, now); };
  co_return co_await queue_.run(work);
}

awaitable<base::Result<Enqueued>> SqliteQueryStore::enqueue(const model::Submission& submission,
                                                            const std::string& route, base::TimePoint now)
{
  if (const base::Result<void> room = has_room_(0); !room) co_return room.error();
  auto work = [&] { return submissions_.enqueue(submission, route, now); };
  co_return co_await queue_.run(work);
}

awaitable<base::Result<std::vector<Enqueued>>>
SqliteQueryStore::enter(const std::vector<Order>& orders, const std::string& route, base::TimePoint now)
{
  if (const base::Result<void> room = has_room_(0); !room) co_return room.error();
  auto work = [&] {
    std::vector<Enqueued> entered;
    for (const Order& order : orders) {
      const auto* query = std::get_if<model::Query>(&order);
      entered.push_back(query ? registration_.register_query(*query, now)
                              : submissions_.enqueue(std::get<model::Submission>(order), route, now));
    }
    fill_groups(writer_, orders, now);
    return entered;
  };
  co_return co_await queue_.run(work);
}

awaitable<base::Result<void>> SqliteQueryStore::end_filling(const std::string& client,
                                                            const std::set<std::string>& groups)
{
  auto work = [&] { sqlite::end_filling(writer_, client, groups); };
  co_return co_await queue_.run(work);
}

awaitable<base::Result<bool>> SqliteQueryStore::close(const VisibleQuery& query, bool only_unsent,
                                                      const std::string& reason, base::TimePoint now)
{
  const QueriesToClose which{.row = query->row, .only_unsent = only_unsent};
  auto work = [&] { return close_queries(writer_, which, reason, 1, now) == 1; };
  co_return co_await queue_.run(work);
}

std::vector<std::int64_t> SqliteQueryStore::closable_rows(const QueriesToClose& which)
{
  return list_reader_.read([&] { return find_closable_rows(list_reader_.database(), which); });
}

std::int64_t SqliteQueryStore::close_rows(const QueriesToClose& which, const std::string& reason,
                                          base::TimePoint now)
{
  return queue_.run_blocking([&] { return close_queries(writer_, which, reason, which.rows.size(), now); })
      .value();
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
  auto work = [&] {
    for (const std::string& query : access.queries)
      sqlite::note_access(writer_, access.client, access.action, query, time);
  };
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
  return list_reader_.read([&] { return select_queries(list_reader_.database(), selection, most); });
}

std::vector<GroupRecord> SqliteQueryStore::groups(const Viewer& viewer, std::int64_t before, std::size_t most)
{
  return list_reader_.read([&] { return find_groups(list_reader_.database(), viewer, before, most); });
}

std::optional<GroupRecord> SqliteQueryStore::group(const Viewer& viewer, const std::string& client,
                                                   const std::string& name)
{
  return list_reader_.read([&] { return find_group(list_reader_.database(), viewer, client, name); });
}

std::vector<UsageRecord> SqliteQueryStore::usage(const Viewer& viewer, const UsageFilter& filter)
{
  return list_reader_.read([&] { return find_usage(list_reader_.database(), viewer, filter); });
}

bool SqliteQueryStore::has_result(const VisibleQuery& query, model::Receipt receipt)
{
  if (query->receipt == receipt) return true;
  return reader_.read([&] {
    SQLite::Statement find(reader_.database(), extra_sql);
    find.bind(1, static_cast<std::int64_t>(receipt));
    find.bind(2, query->row);
    return find.executeStep();
  });
}

QueryStore::StoredBody SqliteQueryStore::body(model::Receipt receipt, bool as_it_came)
{
  return bodies_reader_.read([&] { return find_body(bodies_reader_.database(), receipt, as_it_came); });
}

std::vector<std::optional<std::string>>
SqliteQueryStore::small_results(const std::vector<model::Receipt>& receipts, std::size_t largest,
                                std::size_t enough)
{
  return bodies_reader_.read(
      [&] { return find_small_results(bodies_reader_.database(), receipts, largest, enough); });
}

std::string SqliteQueryStore::piece(std::int64_t pieces, std::int64_t part)
{
  return bodies_reader_.read([&] { return find_piece(bodies_reader_.database(), pieces, part); });
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

#include "store/tables/table_query_store.hpp"

#include "sql/reader.hpp"
#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/deliveries/delivery_table.hpp"
#include "store/tables/erasure/eraser.hpp"
#include "store/tables/erasure/erasure_search.hpp"
#include "store/tables/queries/audit_table.hpp"
#include "store/tables/queries/body_finder.hpp"
#include "store/tables/queries/eras.hpp"
#include "store/tables/queries/group_finder.hpp"
#include "store/tables/queries/query_actions.hpp"
#include "store/tables/queries/query_finder.hpp"
#include "store/tables/queries/query_selection.hpp"
#include "store/tables/queries/story.hpp"
#include "store/tables/queries/usage_table.hpp"
#include "store/tables/submissions/group_filling.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

using boost::asio::awaitable;

constexpr auto extra_sql =
    "SELECT 1 FROM postbacks WHERE receipt = ?1 AND query_row = ?2 AND content = 'result'";

} // namespace

TableQueryStore::TableQueryStore(Engine& engine, sql::Database& writer, CommitQueue& queue, HasRoom has_room)
    : engine_(engine), writer_(writer), registration_(writer), submissions_(writer), queue_(queue),
      has_room_(std::move(has_room)), reader_(engine.open_reader()), bodies_reader_(engine.open_reader()),
      list_reader_(engine.open_reader()), events_reader_(engine.open_reader()),
      erasing_reader_(engine.open_reader())
{
  if (!has_room_) has_room_ = [](std::uint64_t) { return base::Result<void>(); };
}

awaitable<base::Result<Enqueued>> TableQueryStore::register_query(const model::Query& query,
                                                                  base::TimePoint now)
{
  if (const base::Result<void> room = has_room_(0); !room) co_return room.error();
  auto work = [&] { return registration_.register_query(query, now); };
  co_return co_await queue_.run(work);
}

awaitable<base::Result<Enqueued>> TableQueryStore::enqueue(const model::Submission& submission,
                                                           const std::string& route, base::TimePoint now)
{
  if (const base::Result<void> room = has_room_(0); !room) co_return room.error();
  auto work = [&] { return submissions_.enqueue(submission, route, now); };
  co_return co_await queue_.run(work);
}

awaitable<base::Result<std::vector<Enqueued>>>
TableQueryStore::enter(const std::vector<Order>& orders, const std::string& route, base::TimePoint now)
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

awaitable<base::Result<void>> TableQueryStore::end_filling(const std::string& client,
                                                           const std::set<std::string>& groups)
{
  auto work = [&] { tables::end_filling(writer_, client, groups); };
  co_return co_await queue_.run(work);
}

awaitable<base::Result<bool>> TableQueryStore::close(const VisibleQuery& query, bool only_unsent,
                                                     const std::string& reason, base::TimePoint now)
{
  const QueriesToClose which{.row = query->row, .only_unsent = only_unsent};
  auto work = [&] { return close_queries(writer_, which, reason, 1, now) == 1; };
  co_return co_await queue_.run(work);
}

std::vector<std::int64_t> TableQueryStore::closable_rows(const QueriesToClose& which)
{
  return list_reader_.read([&] { return find_closable_rows(list_reader_.database(), which); });
}

std::int64_t TableQueryStore::close_rows(const QueriesToClose& which, const std::string& reason,
                                         base::TimePoint now)
{
  return queue_.run_blocking([&] { return close_queries(writer_, which, reason, which.rows.size(), now); })
      .value();
}

void TableQueryStore::erase(const VisibleQuery& query, base::TimePoint now)
{
  const auto only = query.viewer().sees_all ? std::nullopt : std::optional(query->client);
  const auto write = [this](const std::function<void(sql::Database&)>& work) {
    queue_.run_blocking([&] { work(writer_); }).value();
  };
  const auto note = [this](sql::Database& reader, const FoundToErase& found, base::TimePoint time) {
    engine_.note_erasure(reader, found, time);
  };
  erasing_reader_.read([&] {
    const FoundToErase found = ErasureSearch(erasing_reader_.database()).find_query(query->row, only);
    const auto forget = [this](sql::Database& database) { engine_.forget_registration(database); };
    Eraser(erasing_reader_.database(), {write, note, forget})
        .erase(found, "query", query.viewer().client, now);
  });
}

awaitable<base::Result<void>> TableQueryStore::note_access(const Access& access, base::TimePoint now)
{
  const std::string time = text::format_time(now);
  auto work = [&] {
    for (const std::string& query : access.queries)
      tables::note_access(writer_, access.client, access.action, query, time);
  };
  co_return co_await queue_.run(work);
}

std::optional<QueryRecord> TableQueryStore::read(const model::QueryName& name)
{
  return reader_.read([&] { return find_query(reader_.database(), name); });
}

std::optional<QueryRecord> TableQueryStore::read_row(std::int64_t row)
{
  return reader_.read([&] { return query_of_row(reader_.database(), row); });
}

Story TableQueryStore::read_story(const std::string& id, bool is_whole, std::size_t most)
{
  const StoryScope scope{static_cast<std::int64_t>(most), is_whole};
  return list_reader_.read([&] { return tables::read_story(list_reader_.database(), id, scope); });
}

std::vector<QueryRecord> TableQueryStore::read_list(const QuerySelection& selection, std::size_t most)
{
  return list_reader_.read([&] { return select_queries(list_reader_.database(), selection, most); });
}

std::vector<GroupRecord> TableQueryStore::groups(const Viewer& viewer, std::int64_t before, std::size_t most)
{
  return list_reader_.read([&] { return find_groups(list_reader_.database(), viewer, before, most); });
}

std::optional<GroupRecord> TableQueryStore::group(const Viewer& viewer, const std::string& client,
                                                  const std::string& name)
{
  return list_reader_.read([&] { return find_group(list_reader_.database(), viewer, client, name); });
}

std::vector<UsageRecord> TableQueryStore::usage(const Viewer& viewer, const UsageFilter& filter)
{
  return list_reader_.read([&] { return find_usage(list_reader_.database(), viewer, filter); });
}

bool TableQueryStore::has_result(const VisibleQuery& query, model::Receipt receipt)
{
  if (query->receipt == receipt) return true;
  return reader_.read([&] {
    sql::Statement find(reader_.database(), extra_sql);
    find.bind(1, static_cast<std::int64_t>(receipt));
    find.bind(2, query->row);
    return find.step();
  });
}

QueryStore::StoredBody TableQueryStore::body(model::Receipt receipt, bool as_it_came)
{
  return bodies_reader_.read([&] { return find_body(bodies_reader_.database(), receipt, as_it_came); });
}

std::vector<std::optional<std::string>>
TableQueryStore::small_results(const std::vector<model::Receipt>& receipts, std::size_t largest,
                               std::size_t enough)
{
  return bodies_reader_.read(
      [&] { return find_small_results(bodies_reader_.database(), receipts, largest, enough); });
}

std::string TableQueryStore::piece(std::int64_t pieces, std::int64_t part)
{
  return bodies_reader_.read([&] { return find_piece(bodies_reader_.database(), pieces, part); });
}

std::vector<model::Event> TableQueryStore::events_after(std::int64_t event, std::size_t most)
{
  return events_reader_.read([&] {
    sql::Statement find(events_reader_.database(),
                        std::string("SELECT ") + event_columns + " FROM events e" + event_joins +
                            "WHERE e.id > ?1 AND e.kind <> 'era' ORDER BY e.id LIMIT ?2");
    find.bind(1, event);
    find.bind(2, static_cast<std::int64_t>(most));
    std::vector<model::Event> events;
    while (find.step())
      events.push_back(read_event(find, 0));
    return events;
  });
}

std::vector<model::Event> TableQueryStore::events(const std::vector<std::int64_t>& ids)
{
  return events_reader_.read([&] {
    sql::Statement find(events_reader_.database(),
                        std::string("SELECT ") + event_columns + " FROM events e" + event_joins +
                            "WHERE e.id IN (SELECT value FROM json_each(?1)) ORDER BY e.id");
    const std::string list = list_of(ids);
    bind_text(find, 1, list);
    std::vector<model::Event> events;
    while (find.step())
      events.push_back(read_event(find, 0));
    return events;
  });
}

std::optional<std::int64_t> TableQueryStore::parted_at(std::int64_t after)
{
  return events_reader_.read([&] { return tables::parted_at(events_reader_.database(), after); });
}

QueryStore::Newest TableQueryStore::newest()
{
  return events_reader_.read([&] {
    sql::Statement find(events_reader_.database(), "SELECT coalesce((SELECT max(id) FROM events), 0), "
                                                   "coalesce((SELECT max(id) FROM erasures), 0)");
    find.step();
    return Newest{find.column(0).int64(), find.column(1).int64()};
  });
}

} // namespace postbackd::store::tables

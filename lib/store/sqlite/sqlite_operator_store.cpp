#include "store/sqlite/sqlite_operator_store.hpp"

#include <SQLiteCpp/Transaction.h>

#include "base/file_lock.hpp"
#include "sqlite/reading.hpp"
#include "sqlite/statement.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/deliveries/delivery_actions.hpp"
#include "store/sqlite/fanbase/app_table.hpp"
#include "store/sqlite/files/lock_path.hpp"
#include "store/sqlite/files/open_file.hpp"
#include "store/sqlite/queries/query_actions.hpp"
#include "store/sqlite/queries/query_finder.hpp"
#include "store/sqlite/queries/records.hpp"
#include "store/sqlite/queries/story.hpp"
#include "store/sqlite/queries/usage_table.hpp"
#include "store/sqlite/submissions/registration.hpp"
#include "store/sqlite/submissions/submission_queue.hpp"
#include "store/sqlite/watch/report.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

// Runs the function in a transaction that takes the write lock first.
template<class Function>
auto in_transaction(SQLite::Database& database, Function function)
{
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  auto value = function();
  transaction.commit();
  return value;
}

// Returns the first column of the row with this number, or nothing.
std::optional<std::string> find_text(SQLite::Database& database, const char* sql, std::int64_t number)
{
  SQLite::Statement find(database, sql);
  find.bind(1, number);
  if (!find.executeStep() || find.getColumn(0).isNull()) return std::nullopt;
  return find.getColumn(0).getString();
}

} // namespace

SqliteOperatorStore::SqliteOperatorStore(const std::filesystem::path& path,
                                         std::chrono::milliseconds busy_timeout, Access access)
    : connection_(open_file({path, busy_timeout},
                            access == Access::read ? Connection::Mode::read : Connection::Mode::existing))
{
}

bool SqliteOperatorStore::is_led(Duty duty)
{
  return base::FileLock::is_taken(lock_path(connection_.path(), duty));
}

Enqueued SqliteOperatorStore::register_query(const model::Query& query, base::TimePoint now)
{
  return translated(connection_, [&] {
    return in_transaction(database(), [&] { return Registration(database()).register_query(query, now); });
  });
}

std::optional<QueryRecord> SqliteOperatorStore::find(const std::string& id)
{
  return translated(connection_, [&] { return find_query(database(), model::query_name_of(id)); });
}

Story SqliteOperatorStore::story(const std::string& id)
{
  return translated(connection_, [&] { return read_story(database(), id); });
}

std::optional<std::string> SqliteOperatorStore::result(const std::string& id)
{
  return translated(connection_, [&]() -> std::optional<std::string> {
    const auto query = find_query(database(), model::query_name_of(id));
    if (!query || !query->receipt) return std::nullopt;
    SQLite::Statement find(database(), "SELECT document FROM whole_bodies WHERE receipt = ?1");
    find.bind(1, *query->receipt);
    if (!find.executeStep()) return std::nullopt;
    return find.getColumn(0).getString();
  });
}

std::optional<std::string> SqliteOperatorStore::body(model::Receipt receipt)
{
  return translated(connection_, [&] {
    return find_text(database(), "SELECT raw FROM whole_bodies WHERE receipt = ?1", receipt);
  });
}

std::optional<std::string> SqliteOperatorStore::query_of(std::int64_t number)
{
  return translated(connection_, [&] {
    auto query = find_text(
        database(), "SELECT coalesce(query_id, correlation) FROM v_postbacks WHERE receipt = ?1", number);
    return query
               ? query
               : find_text(database(),
                           "SELECT coalesce(query_id, correlation) FROM v_deliveries WHERE delivery_id = ?1",
                           number);
  });
}

void SqliteOperatorStore::list_queries(const QueryFilter& filter, std::size_t most, base::TimePoint now,
                                       const std::function<bool(const QueryRecord&)>& take)
{
  translated(connection_, [&] { sqlite::list_queries(database(), filter, most, now, take); });
}

void SqliteOperatorStore::list_unmatched(std::size_t most,
                                         const std::function<bool(const PostbackRecord&)>& take)
{
  translated(connection_, [&] {
    SQLite::Statement list(database(), std::string("SELECT ") + postback_columns +
                                           " FROM v_unmatched ORDER BY receipt DESC LIMIT ?1");
    list.bind(1, static_cast<std::int64_t>(most));
    while (list.executeStep())
      if (!take(read_postback(list))) return;
  });
}

Report SqliteOperatorStore::report(base::TimePoint from, base::TimePoint to)
{
  return translated(connection_, [&] { return make_report(database(), from, to); });
}

std::vector<UsageRecord> SqliteOperatorStore::usage(const UsageFilter& filter)
{
  return translated(connection_,
                    [&] { return find_usage(database(), {.client = {}, .sees_all = true}, filter); });
}

std::int64_t SqliteOperatorStore::close(const QueriesToClose& which, const std::string& reason,
                                        std::size_t most, bool dry_run, base::TimePoint now)
{
  return translated(connection_, [&] {
    return in_transaction(database(), [&] {
      return dry_run ? count_closable(database(), which)
                     : close_queries(database(), which, reason, most, now);
    });
  });
}

std::vector<Enqueued> SqliteOperatorStore::enqueue(const std::vector<model::Submission>& submissions,
                                                   const std::string& route, base::TimePoint now)
{
  return translated(connection_, [&] {
    return in_transaction(database(), [&] {
      SubmissionQueue queue(database());
      std::vector<Enqueued> enqueued;
      for (const model::Submission& submission : submissions)
        enqueued.push_back(queue.enqueue(submission, route, now));
      return enqueued;
    });
  });
}

std::vector<DeliveryRecord> SqliteOperatorStore::deliveries(const DeliveryFilter& filter, std::size_t most)
{
  return translated(connection_, [&] { return find_deliveries(database(), filter, most); });
}

std::vector<HandlerRecord> SqliteOperatorStore::handlers()
{
  return translated(connection_, [&] { return find_handlers(database()); });
}

std::int64_t SqliteOperatorStore::count(DeliveryAction action, const DeliveryFilter& filter)
{
  return translated(connection_, [&] { return count_changeable(database(), action, filter); });
}

DeliveryControl::Applied SqliteOperatorStore::apply(DeliveryAction action, const DeliveryFilter& filter,
                                                    const std::string& reason, std::int64_t after,
                                                    std::size_t most, base::TimePoint now)
{
  return translated(connection_, [&]() -> Applied {
    const std::vector<std::int64_t> ids = find_changeable(database(), action, filter, after, most);
    if (ids.empty()) return {};
    return {change_deliveries(database(), action, ids, reason, now), ids.back()};
  });
}

std::vector<model::Event> SqliteOperatorStore::past_events(base::TimePoint since, std::int64_t after,
                                                           std::size_t most)
{
  return translated(connection_, [&] { return sqlite::past_events(database(), since, after, most); });
}

std::int64_t SqliteOperatorStore::replay(const std::string& handler, const std::vector<std::int64_t>& events,
                                         bool dry_run, base::TimePoint now)
{
  return translated(connection_, [&] {
    if (dry_run) return count_replayable(database(), handler, events);
    return in_transaction(database(), [&] { return sqlite::replay(database(), handler, events, now); });
  });
}

std::int64_t SqliteOperatorStore::add_fans(const std::vector<Fan>& fans)
{
  return translated(connection_, [&] {
    return in_transaction(database(), [&] {
      std::int64_t added = 0;
      for (const Fan& fan : fans)
        added += insert_fan(database(), fan.document, fan.type);
      return added;
    });
  });
}

} // namespace postbackd::store::sqlite

#include "store/tables/table_operator_store.hpp"

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/deliveries/delivery_actions.hpp"
#include "store/tables/fanbase/app_table.hpp"
#include "store/tables/queries/query_actions.hpp"
#include "store/tables/queries/query_finder.hpp"
#include "store/tables/queries/records.hpp"
#include "store/tables/queries/story.hpp"
#include "store/tables/queries/usage_table.hpp"
#include "store/tables/submissions/registration.hpp"
#include "store/tables/submissions/submission_queue.hpp"
#include "store/tables/watch/report.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

// Returns the first column of the row with this number, or nothing.
std::optional<std::string> find_text(sql::Database& database, const char* sql, std::int64_t number)
{
  sql::Statement find(database, sql);
  find.bind(1, number);
  if (!find.step() || find.column(0).is_null()) return std::nullopt;
  return find.column(0).text();
}

} // namespace

Enqueued TableOperatorStore::register_query(const model::Query& query, base::TimePoint now)
{
  return in_transaction(database_, [&] { return Registration(database_).register_query(query, now); });
}

std::optional<QueryRecord> TableOperatorStore::find(const std::string& id)
{
  return find_query(database_, model::query_name_of(id));
}

Story TableOperatorStore::story(const std::string& id) { return read_story(database_, id); }

std::optional<std::string> TableOperatorStore::result(const std::string& id)
{
  const auto query = find_query(database_, model::query_name_of(id));
  if (!query || !query->receipt) return std::nullopt;
  sql::Statement find(database_, "SELECT document FROM whole_bodies WHERE receipt = ?1");
  find.bind(1, *query->receipt);
  if (!find.step()) return std::nullopt;
  return find.column(0).text();
}

std::optional<std::string> TableOperatorStore::body(model::Receipt receipt)
{
  return find_text(database_, "SELECT raw FROM whole_bodies WHERE receipt = ?1", receipt);
}

std::optional<std::string> TableOperatorStore::query_of(std::int64_t number)
{
  auto query = find_text(
      database_, "SELECT coalesce(query_id, correlation) FROM v_postbacks WHERE receipt = ?1", number);
  return query ? query
               : find_text(database_,
                           "SELECT coalesce(query_id, correlation) FROM v_deliveries WHERE delivery_id = ?1",
                           number);
}

void TableOperatorStore::list_queries(const QueryFilter& filter, std::size_t most, base::TimePoint now,
                                      const std::function<bool(const QueryRecord&)>& take)
{
  tables::list_queries(database_, filter, most, now, take);
}

void TableOperatorStore::list_unmatched(std::size_t most,
                                        const std::function<bool(const PostbackRecord&)>& take)
{
  sql::Statement list(database_, std::string("SELECT ") + postback_columns +
                                     " FROM v_unmatched ORDER BY receipt DESC LIMIT ?1");
  list.bind(1, static_cast<std::int64_t>(most));
  while (list.step())
    if (!take(read_postback(list))) return;
}

Report TableOperatorStore::report(base::TimePoint from, base::TimePoint to)
{
  return make_report(database_, from, to);
}

std::vector<UsageRecord> TableOperatorStore::usage(const UsageFilter& filter)
{
  return find_usage(database_, {.client = {}, .sees_all = true}, filter);
}

std::int64_t TableOperatorStore::close(const QueriesToClose& which, const std::string& reason,
                                       std::size_t most, bool dry_run, base::TimePoint now)
{
  return in_transaction(database_, [&] {
    return dry_run ? count_closable(database_, which) : close_queries(database_, which, reason, most, now);
  });
}

std::vector<Enqueued> TableOperatorStore::enqueue(const std::vector<model::Submission>& submissions,
                                                  const std::string& route, base::TimePoint now)
{
  return in_transaction(database_, [&] {
    SubmissionQueue queue(database_);
    std::vector<Enqueued> enqueued;
    for (const model::Submission& submission : submissions)
      enqueued.push_back(queue.enqueue(submission, route, now));
    return enqueued;
  });
}

std::vector<DeliveryRecord> TableOperatorStore::deliveries(const DeliveryFilter& filter, std::size_t most)
{
  return find_deliveries(database_, filter, most);
}

std::vector<HandlerRecord> TableOperatorStore::handlers() { return find_handlers(database_); }

std::int64_t TableOperatorStore::count(DeliveryAction action, const DeliveryFilter& filter)
{
  return count_changeable(database_, action, filter);
}

DeliveryControl::Applied TableOperatorStore::apply(DeliveryAction action, const DeliveryFilter& filter,
                                                   const std::string& reason, std::int64_t after,
                                                   std::size_t most, base::TimePoint now)
{
  const std::vector<std::int64_t> ids = find_changeable(database_, action, filter, after, most);
  if (ids.empty()) return {};
  return {change_deliveries(database_, action, ids, reason, now), ids.back()};
}

std::vector<model::Event> TableOperatorStore::past_events(base::TimePoint since, std::int64_t after,
                                                          std::size_t most)
{
  return tables::past_events(database_, since, after, most);
}

std::int64_t TableOperatorStore::replay(const std::string& handler, const std::vector<std::int64_t>& events,
                                        bool dry_run, base::TimePoint now)
{
  if (dry_run) return count_replayable(database_, handler, events);
  return in_transaction(database_, [&] { return tables::replay(database_, handler, events, now); });
}

std::int64_t TableOperatorStore::add_fans(const std::vector<Fan>& fans)
{
  return in_transaction(database_, [&] {
    std::int64_t added = 0;
    for (const Fan& fan : fans)
      added += insert_fan(database_, fan.document, fan.type);
    return added;
  });
}

} // namespace postbackd::store::tables

#pragma once

#include "sql/reader.hpp"
#include "store/operator_store.hpp"
#include "store/options.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{

// The operator's side, on a connection of its own, with the daemon running or not. An engine adds who leads,
// and its archive.
class TableOperatorStore : public OperatorStore
{
public:
  explicit TableOperatorStore(sql::Database& database) : database_(database) {}

  Enqueued register_query(const model::Query& query, base::TimePoint now) override;
  std::optional<QueryRecord> find(const std::string& id) override;
  Story story(const std::string& id) override;
  std::optional<std::string> result(const std::string& id) override;
  std::optional<std::string> body(model::Receipt receipt) override;
  std::optional<std::string> query_of(std::int64_t number) override;
  void list_queries(const QueryFilter& filter, std::size_t most, base::TimePoint now,
                    const std::function<bool(const QueryRecord&)>& take) override;
  void list_unmatched(std::size_t most, const std::function<bool(const PostbackRecord&)>& take) override;
  Report report(base::TimePoint from, base::TimePoint to) override;
  std::vector<UsageRecord> usage(const UsageFilter& filter) override;
  std::int64_t close(const QueriesToClose& which, const std::string& reason, std::size_t most, bool dry_run,
                     base::TimePoint now) override;
  std::vector<Enqueued> enqueue(const std::vector<model::Submission>& submissions, const std::string& route,
                                base::TimePoint now) override;
  std::vector<DeliveryRecord> deliveries(const DeliveryFilter& filter, std::size_t most) override;
  std::vector<HandlerRecord> handlers() override;
  std::int64_t count(DeliveryAction action, const DeliveryFilter& filter) override;
  Applied apply(DeliveryAction action, const DeliveryFilter& filter, const std::string& reason,
                std::int64_t after, std::size_t most, base::TimePoint now) override;
  std::vector<model::Event> past_events(base::TimePoint since, std::int64_t after, std::size_t most) override;
  std::int64_t replay(const std::string& handler, const std::vector<std::int64_t>& events, bool dry_run,
                      base::TimePoint now) override;
  std::int64_t add_fans(const std::vector<Fan>& fans) override;

private:
  sql::Database& database_;
};

} // namespace postbackd::store::tables

#pragma once

#include "sqlite/connection.hpp"
#include "store/operator_store.hpp"
#include "store/options.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/sqlite_archive.hpp"

namespace postbackd::store::sqlite
{

// The operator's side of the SQLite file, on a connection of its own, with the daemon running or not.
class SqliteOperatorStore final : public OperatorStore
{
public:
  SqliteOperatorStore(const std::filesystem::path& path, std::chrono::milliseconds busy_timeout,
                      Access access);

  bool is_led(Duty duty) override;
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
  Archive& archive() override { return archive_; }
  std::int64_t add_fans(const std::vector<Fan>& fans) override;

private:
  SQLite::Database& database() { return connection_.database(); }

  Connection connection_;
  SqliteArchive archive_{connection_};
};

} // namespace postbackd::store::sqlite

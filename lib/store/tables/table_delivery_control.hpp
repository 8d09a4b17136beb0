#pragma once

#include "sql/commit_queue.hpp"
#include "sql/reader.hpp"
#include "store/delivery_control.hpp"
#include "store/tables/common/engine.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{

// Deliveries as operators change them inside the daemon: reads on a connection of its own, writes through the
// commit queue. Thread-safe.
class TableDeliveryControl final : public DeliveryControl
{
public:
  TableDeliveryControl(Engine& engine, sql::Database& writer, CommitQueue& queue)
      : writer_(writer), queue_(queue), reader_(engine.open_reader())
  {
  }

  std::vector<DeliveryRecord> deliveries(const DeliveryFilter& filter, std::size_t most) override;
  std::vector<HandlerRecord> handlers() override;
  std::int64_t count(DeliveryAction action, const DeliveryFilter& filter) override;
  Applied apply(DeliveryAction action, const DeliveryFilter& filter, const std::string& reason,
                std::int64_t after, std::size_t most, base::TimePoint now) override;
  std::vector<model::Event> past_events(base::TimePoint since, std::int64_t after, std::size_t most) override;
  std::int64_t replay(const std::string& handler, const std::vector<std::int64_t>& events, bool dry_run,
                      base::TimePoint now) override;

private:
  sql::Database& writer_;
  CommitQueue& queue_;
  Reader reader_;
};

} // namespace postbackd::store::tables

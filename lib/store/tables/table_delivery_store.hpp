#pragma once

#include "sql/commit_queue.hpp"
#include "sql/reader.hpp"
#include "store/delivery_store.hpp"
#include "store/tables/common/engine.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/deliveries/delivery_table.hpp"

namespace postbackd::store::tables
{

// Deliveries. Writes share the commits of postbacks; reads have connections of their own.
class TableDeliveryStore final : public DeliveryStore
{
public:
  TableDeliveryStore(Engine& engine, sql::Database& writer, CommitQueue& queue);

  std::int64_t last_event() override;
  std::int64_t routed() override;
  Opened open(const std::vector<HandlerState>& handlers, std::int64_t after, base::TimePoint now) override;
  std::vector<model::Event> events_after(std::int64_t event, std::size_t most) override;
  bool has_due(const std::vector<Capacity>& capacities, base::TimePoint now) override;
  std::map<std::string, base::TimePoint> probe_times() override;
  std::vector<Claim> advance(const Step& step, base::TimePoint now) override;
  base::Blob document(const model::Event& event, base::Spool& spool) override;

private:
  base::Blob body_of(model::Receipt receipt, base::Spool& spool);

  Engine& engine_;
  sql::Database& writer_;
  CommitQueue& queue_;
  DeliveryTable table_; // the writer thread's
  Reader reader_;
  sql::Statement events_after_;
  DueDeliveries due_;
  Reader documents_;
  std::string store_id_; // the first half of every key
};

} // namespace postbackd::store::tables

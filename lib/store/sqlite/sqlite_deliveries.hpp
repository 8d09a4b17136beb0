#pragma once

#include <map>
#include <mutex>

#include "store/delivery_store.hpp"
#include "store/sqlite/commit_queue.hpp"
#include "store/sqlite/delivery_table.hpp"

namespace postbackd::store::sqlite
{

// Deliveries in the SQLite file. Writes share the commits of postbacks; reads have connections of their own.
class SqliteDeliveries final : public DeliveryStore
{
public:
  SqliteDeliveries(const ConnectionOptions& options, SQLite::Database& writer, CommitQueue& queue);

  std::int64_t last_event() override;
  std::vector<HandlerState> open(const std::vector<HandlerState>& handlers, std::int64_t after,
                                 base::TimePoint now) override;
  std::vector<model::Event> new_events(std::size_t most) override;
  bool is_due_to(const std::string& handler, std::int64_t event) const override;
  bool has_due(const std::vector<Want>& wants, base::TimePoint now) override;
  std::vector<Claim> advance(const Step& step, base::TimePoint now) override;
  std::int64_t mark_overdue(base::TimePoint now) override;
  base::Blob document(const model::Event& event, base::Spool& spool) override;

private:
  void run(CommitQueue::Job& job);
  base::Blob object_of(const model::Event& event);

  SQLite::Database& writer_;
  CommitQueue& queue_;
  DeliveryTable table_; // the writer thread's
  Connection reader_;
  SQLite::Statement new_events_;
  DueDeliveries due_;
  std::mutex documents_mutex_;
  Connection documents_;
  std::string store_id_;
  std::int64_t routed_ = 0;
  std::map<std::string, std::int64_t> since_;
};

} // namespace postbackd::store::sqlite

#pragma once

#include "store/sqlite/commit_queue.hpp"
#include "store/sqlite/delivery_table.hpp"

// What SqliteDeliveries does on the writer thread.
namespace postbackd::store::sqlite
{

class OpenJob final : public CommitQueue::Job
{
public:
  OpenJob(SQLite::Database& database, const std::vector<HandlerState>& handlers, std::int64_t after,
          base::TimePoint now)
      : Job(0), database_(database), handlers_(handlers), after_(after), now_(now)
  {
  }
  void run() override;

private:
  SQLite::Database& database_;
  const std::vector<HandlerState>& handlers_;
  std::int64_t after_;
  base::TimePoint now_;
};

class AdvanceJob final : public CommitQueue::Job
{
public:
  AdvanceJob(DeliveryTable& table, const DeliveryStore::Step& step, base::TimePoint now)
      : Job(0), table_(table), step_(step), now_(now)
  {
  }
  void run() override;

  std::vector<Claim> claims;

private:
  DeliveryTable& table_;
  const DeliveryStore::Step& step_;
  base::TimePoint now_;
};

class OverdueJob final : public CommitQueue::Job
{
public:
  OverdueJob(SQLite::Database& database, base::TimePoint now) : Job(0), database_(database), now_(now) {}
  void run() override;

  std::int64_t marked = 0;

private:
  SQLite::Database& database_;
  base::TimePoint now_;
};

} // namespace postbackd::store::sqlite

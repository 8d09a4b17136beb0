#pragma once

#include "store/delivery_store.hpp"
#include "store/sqlite/commit_queue.hpp"

// What SqliteDeliveries does on the writer thread.
namespace postbackd::store::sqlite
{

// The columns of an event, for an event `e` with its `p` and `q` (event_joins).
constexpr auto event_columns = "e.id, e.event, e.receipt, coalesce(q.query_id, p.query_id), q.label, q.api, "
                               "q.datasets, p.status, p.route";
constexpr auto event_joins = " LEFT JOIN postbacks p ON p.receipt = e.receipt LEFT JOIN queries q ON q.id = "
                             "coalesce(p.query, e.query) ";
// What a handler can be given now: ?1 its name, ?2 the time, ?3 how many.
constexpr auto due_sql = R"(
  SELECT id FROM deliveries WHERE handler = ?1 AND state = 'due' AND next_attempt_at <= ?2 ORDER BY next_attempt_at, event LIMIT ?3)";
// The oldest that is open, if it is due now.
constexpr auto in_order_sql = R"(
  SELECT id FROM (SELECT id, state, next_attempt_at FROM deliveries WHERE handler = ?1 AND (state = 'due' OR state = 'running')
                   ORDER BY event LIMIT 1)
   WHERE state = 'due' AND next_attempt_at <= ?2 LIMIT ?3)";

// Of a row whose columns from `first` on are event_columns.
model::Event read_event(SQLite::Statement& row, int first);

class OpenJob final : public CommitQueue::Job
{
public:
  OpenJob(SQLite::Database& database, const std::vector<HandlerState>& handlers, base::TimePoint now)
      : Job(0), database_(database), handlers_(handlers), now_(now)
  {
  }
  void run() override;

private:
  SQLite::Database& database_;
  const std::vector<HandlerState>& handlers_;
  base::TimePoint now_;
};

class AdvanceJob final : public CommitQueue::Job
{
public:
  AdvanceJob(SQLite::Database& database, const DeliveryStore::Step& step, base::TimePoint now)
      : Job(0), database_(database), step_(step), now_(now)
  {
  }
  void run() override;

  std::vector<Claim> claims;

private:
  void record(const Report& report);
  void count(const std::string& column, std::int64_t number);
  void insert(const std::string& now);
  void claim(const Want& want, const std::string& now);
  void save(const HandlerState& handler);

  SQLite::Database& database_;
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

#pragma once

#include "sql/statement.hpp"
#include "store/delivery_store.hpp"

namespace postbackd::store::tables
{

// The columns of an event, for an event `e` with its `p` and `q` (event_joins).
constexpr auto event_columns =
    "e.id, e.kind, e.receipt, coalesce(q.query_id, p.query_id), CASE e.kind WHEN 'alert' THEN (SELECT name "
    "FROM alerts WHERE id = "
    "e.object) ELSE q.label END, q.api, q.datasets, p.status, "
    "p.route, "
    "o.action, a.event_name, e.object, coalesce(q.correlation, q.query_id), q.key, q.metadata, "
    "CASE e.kind WHEN 'group' THEN (SELECT client FROM groups WHERE id = e.object) ELSE q.client END, "
    "s.code, "
    "CASE e.kind WHEN 'failed' THEN s.message WHEN 'closed' THEN q.reason WHEN 'lost' THEN "
    "(SELECT last_error FROM recoveries WHERE query_row = q.id) END, e.created_at, "
    "CASE e.kind WHEN 'alert' THEN (SELECT handler FROM alerts WHERE id = e.object) END, "
    "CASE e.kind WHEN 'group' THEN (SELECT name FROM groups WHERE id = e.object) ELSE q.group_name END, "
    "q.trace, q.erased_at IS NOT NULL";
constexpr auto event_joins =
    " LEFT JOIN postbacks p ON p.receipt = e.receipt LEFT JOIN queries q ON q.id = "
    "coalesce(e.query_row, p.query_row) LEFT JOIN submissions s ON e.kind = 'failed' AND s.correlation = "
    "q.correlation LEFT JOIN queue_objects o ON o.number = e.object AND (e.kind = "
    "'ticket-create' OR e.kind = 'update-fandata') LEFT JOIN app_events a ON a.number = e.object AND e.kind "
    "= 'app-event' ";

// Of what was erased, only that it was, and the end of a query that waited. The beginning of an era is no
// event.
constexpr auto is_told = "e.kind <> 'era' AND p.removed_at IS NULL AND (q.erased_at IS NULL OR e.kind = "
                         "'closed' OR e.kind = 'erased')";

// Reads a row whose columns from `first` on are event_columns.
model::Event read_event(sql::Statement& row, int first);

// Finds the deliveries that a handler could run now: its due ones or, in order, the oldest open one if it is
// due. Holds no lock afterwards.
class DueDeliveries
{
public:
  explicit DueDeliveries(sql::Database& database);

  // Appends at most capacity.most deliveries.id.
  void find(const Capacity& capacity, const std::string& now, std::vector<std::int64_t>& found);

private:
  sql::Statement any_;
  sql::Statement in_order_;
};

// Deliveries and their attempts, inside the writer's transaction. Writer thread only.
class DeliveryTable
{
public:
  explicit DeliveryTable(sql::Database& database);

  void record(const std::vector<DeliveryReport>& reports, base::TimePoint now);
  void save(const HandlerState& handler);
  // Inserts the deliveries; afterwards every event up to `routed` has its own.
  void insert(const std::vector<NewDelivery>& deliveries, std::int64_t routed, base::TimePoint now);
  // Appends the claims, without their keys. `claim_name` is Engine::claim_name.
  void claim(const Capacity& capacity, const std::string& claim_name, base::TimePoint now,
             std::vector<Claim>& claims);

private:
  bool record(const DeliveryReport& report); // returns false if the delivery did not accept it
  Claim take(std::int64_t id, const Capacity& capacity, const std::string& claim_name,
             const std::string& now);

  sql::Statement end_attempt_;
  sql::Statement report_;
  sql::Statement unwanted_attempts_;
  sql::Statement unwanted_;
  sql::Statement open_day_;
  sql::Statement count_;
  sql::Statement save_;
  sql::Statement insert_;
  sql::Statement routed_;
  DueDeliveries due_;
  sql::Statement claim_;
  sql::Statement begin_attempt_;
  sql::Statement event_;
};

} // namespace postbackd::store::tables

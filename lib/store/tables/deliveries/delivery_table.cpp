#include "store/tables/deliveries/delivery_table.hpp"

#include <fmt/format.h>

#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/queries/eras.hpp"
#include "text/compact_json.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

// ?1 the handler's name, ?2 the time, ?3 how many.
constexpr auto due_deliveries_sql = R"(
  SELECT id FROM deliveries WHERE handler = ?1 AND state = 'due' AND next_attempt_at <= ?2 ORDER BY next_attempt_at, event_id LIMIT ?3)";
constexpr auto in_order_sql = R"(
  SELECT id FROM (SELECT id, state, next_attempt_at FROM deliveries WHERE handler = ?1 AND (state = 'due' OR state = 'running')
                   ORDER BY event_id LIMIT 1) d
   WHERE state = 'due' AND next_attempt_at <= ?2 LIMIT ?3)";

// Whether the delivery ?1 is about something that was erased while its handler ran: then its words are not
// kept.
#define ERASED                                                                                               \
  "EXISTS (SELECT 1 FROM deliveries d JOIN events e ON e.id = d.event_id LEFT JOIN postbacks p ON "          \
  "p.receipt = "                                                                                             \
  "e.receipt LEFT JOIN queries q ON q.id = coalesce(e.query_row, p.query_row) WHERE d.id = ?1 AND "          \
  "(p.removed_at IS "                                                                                        \
  "NOT NULL OR q.erased_at IS NOT NULL))"

// An operator's change wins over the report, and so does a later attempt, except over `done`.
constexpr auto report_sql =
    "UPDATE deliveries SET state = ?2, next_attempt_at = ?3, last_error = CASE WHEN " ERASED
    " THEN NULL ELSE ?4 END, done_at = ?5, "
    "forgiven = forgiven + ?6, message = CASE WHEN " ERASED " THEN NULL ELSE nullif(?7, '') END "
    "WHERE id = ?1 AND (state = 'running' AND attempts = ?8 OR ?2 = 'done')";
constexpr auto end_attempt_sql =
    "UPDATE attempts SET finished_at = ?3, outcome = ?4, detail = CASE WHEN " ERASED " THEN NULL ELSE ?5 END "
    "WHERE delivery = ?1 AND attempt = ?2";
// An operator's change wins: then it stays.
constexpr auto unwanted_attempts_sql =
    "DELETE FROM attempts WHERE delivery = (SELECT id FROM deliveries WHERE id = ?1 AND state = 'running')";
constexpr auto unwanted_sql = "DELETE FROM deliveries WHERE id = ?1 AND state = 'running'";
constexpr auto open_day_sql = "INSERT INTO stats (day) VALUES (?1) ON CONFLICT (day) DO NOTHING";
constexpr auto count_sql = "UPDATE stats SET deliveries_done = deliveries_done + ?2, deliveries_dead = "
                           "deliveries_dead + ?3 WHERE day = ?1";
constexpr auto save_sql = "UPDATE handlers SET circuit = ?2, failures = ?3, open_until = ?4 WHERE name = ?1";
constexpr auto insert_sql =
    "INSERT INTO deliveries (id, event_id, handler, next_attempt_at, created_at) VALUES ({}, ?1, ?2, ?3, ?3) "
    "ON CONFLICT (event_id, handler) DO NOTHING";
constexpr auto routed_sql =
    "UPDATE settings SET value = ?1 WHERE name = 'routed' AND CAST(value AS BIGINT) < CAST(?1 AS BIGINT)";
constexpr auto claim_delivery_sql = R"(
  UPDATE deliveries SET state = 'running', attempts = attempts + 1, next_attempt_at = NULL{} WHERE id = ?1
  RETURNING event_id, attempts, attempts - forgiven, replayed)";
constexpr auto begin_attempt_sql = "INSERT INTO attempts (delivery, attempt, started_at) VALUES (?1, ?2, ?3)";

std::string event_sql()
{
  return std::string("SELECT ") + event_columns + " FROM events e" + event_joins + "WHERE e.id = ?1";
}

} // namespace

model::Event read_event(sql::Statement& row, int first)
{
  const auto text = [&](int column) { return text_or_empty(row, first + column); };
  model::Event event;
  event.id = row.column(first).int64();
  event.kind = word_of<model::EventKind>(row, first + 1, model::event_kind_of);
  event.receipt = number_or_nothing(row, first + 2);
  event.query_id = text(3);
  event.label = text(4);
  event.api = text(5);
  event.datasets = text(6);
  event.status = text(7);
  event.route = text(8);
  event.action = text(9);
  event.event_name = text(10);
  event.object = number_or_nothing(row, first + 11);
  event.own_id = text(12);
  event.key = text(13);
  event.metadata = text::compact_json(text(14));
  event.client = text(15);
  event.code = number_or_nothing(row, first + 16);
  event.message = text(17);
  event.created_at = time_of(row, first + 18);
  event.about = text(19);
  event.group = text(20);
  event.trace = text(21);
  event.is_erased = row.column(first + 22).int32() != 0;
  return event;
}

DueDeliveries::DueDeliveries(sql::Database& database)
    : any_(database, due_deliveries_sql), in_order_(database, in_order_sql)
{
}

void DueDeliveries::find(const Capacity& capacity, const std::string& now, std::vector<std::int64_t>& found)
{
  sql::Statement& statement = capacity.in_order ? in_order_ : any_;
  const Reset reset(statement);
  bind_text(statement, 1, capacity.handler);
  bind_text(statement, 2, now);
  statement.bind(3, static_cast<std::int64_t>(capacity.most));
  while (statement.step())
    found.push_back(statement.column(0).int64());
}

DeliveryTable::DeliveryTable(sql::Database& database)
    : end_attempt_(database, end_attempt_sql), report_(database, report_sql),
      unwanted_attempts_(database, unwanted_attempts_sql), unwanted_(database, unwanted_sql),
      open_day_(database, open_day_sql), count_(database, count_sql), save_(database, save_sql),
      insert_(database, fmt::format(insert_sql, next_delivery(database))), routed_(database, routed_sql),
      due_(database),
      claim_(database, fmt::format(claim_delivery_sql, sql::worded(database, "", ", claimed_by = ?2"))),
      begin_attempt_(database, begin_attempt_sql), event_(database, event_sql())
{
}

void DeliveryTable::record(const std::vector<DeliveryReport>& reports, base::TimePoint now)
{
  std::int64_t delivered = 0;
  std::int64_t dead = 0;
  for (const DeliveryReport& report : reports) {
    if (!record(report)) continue;
    delivered += report.state == model::DeliveryState::done;
    dead += report.state == model::DeliveryState::dead;
  }
  if (delivered + dead == 0) return;
  const std::string day = text::day_of(now);
  bind_text(open_day_, 1, day);
  execute(open_day_);
  bind_text(count_, 1, day);
  count_.bind(2, delivered);
  count_.bind(3, dead);
  execute(count_);
}

bool DeliveryTable::record(const DeliveryReport& report)
{
  if (report.unwanted && report.attempt == 1) {
    for (sql::Statement* statement : {&unwanted_attempts_, &unwanted_}) {
      statement->bind(1, report.delivery);
      execute(*statement);
    }
    return false;
  }
  const std::string finished_at = text::format_time(report.finished_at);
  end_attempt_.bind(1, report.delivery);
  end_attempt_.bind(2, report.attempt);
  bind_text(end_attempt_, 3, finished_at);
  bind_word(end_attempt_, 4, model::to_text(report.outcome));
  bind_text(end_attempt_, 5, report.detail);
  execute(end_attempt_);

  const auto when = [&report](model::DeliveryState state, const std::string& value) {
    return report.state == state ? std::optional(value) : std::nullopt;
  };
  const auto next_attempt_at = when(model::DeliveryState::due, text::format_time(report.next_attempt_at));
  const auto done_at = when(model::DeliveryState::done, finished_at);
  const auto last_error = done_at ? std::nullopt : std::optional(report.detail);
  const Reset reset(report_);
  report_.bind(1, report.delivery);
  bind_word(report_, 2, model::to_text(report.state));
  bind_text_or_null(report_, 3, next_attempt_at);
  bind_text_or_null(report_, 4, last_error);
  bind_text_or_null(report_, 5, done_at);
  report_.bind(6, report.forgiven ? 1 : 0);
  bind_text(report_, 7, report.message);
  report_.bind(8, report.attempt);
  return report_.exec() > 0;
}

void DeliveryTable::save(const HandlerState& handler)
{
  const auto open_until = handler.open ? std::optional(text::format_time(handler.open_until)) : std::nullopt;
  bind_text(save_, 1, handler.name);
  bind_word(save_, 2, handler.open ? "open" : "closed");
  save_.bind(3, handler.failures);
  bind_text_or_null(save_, 4, open_until);
  execute(save_);
}

void DeliveryTable::insert(const std::vector<NewDelivery>& deliveries, std::int64_t routed,
                           base::TimePoint now)
{
  const std::string due_at = text::format_time(now);
  for (const NewDelivery& delivery : deliveries) {
    insert_.bind(1, delivery.event);
    bind_text(insert_, 2, delivery.handler);
    bind_text(insert_, 3, due_at);
    execute(insert_);
  }
  const std::string last = std::to_string(routed);
  bind_text(routed_, 1, last);
  execute(routed_);
}

void DeliveryTable::claim(const Capacity& capacity, const std::string& claim_name, base::TimePoint now,
                          std::vector<Claim>& claims)
{
  const std::string started_at = text::format_time(now);
  std::vector<std::int64_t> due;
  due_.find(capacity, started_at, due);
  for (const std::int64_t id : due)
    claims.push_back(take(id, capacity, claim_name, started_at));
}

Claim DeliveryTable::take(std::int64_t id, const Capacity& capacity, const std::string& claim_name,
                          const std::string& now)
{
  Claim claim;
  claim.delivery = id;
  claim.handler = capacity.handler;
  std::int64_t event = 0;
  {
    const Reset reset(claim_);
    claim_.bind(1, id);
    if (claim_.values() > 1) bind_text(claim_, 2, claim_name);
    claim_.step();
    event = claim_.column(0).int64();
    claim.attempt = claim_.column(1).int32();
    claim.counted = claim_.column(2).int32();
    claim.replayed = claim_.column(3).int32() != 0;
  }
  begin_attempt_.bind(1, id);
  begin_attempt_.bind(2, claim.attempt);
  bind_text(begin_attempt_, 3, now);
  execute(begin_attempt_);
  const Reset reset(event_);
  event_.bind(1, event);
  if (event_.step()) claim.event = read_event(event_, 0);
  return claim;
}

} // namespace postbackd::store::tables

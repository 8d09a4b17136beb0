#include "store/tables/table_delivery_store.hpp"

#include <algorithm>
#include <set>

#include "sql/statement.hpp"
#include "store/event_document.hpp"
#include "store/tables/common/names.hpp"
#include "store/tables/common/settings.hpp"
#include "store/tables/deliveries/event_facts.hpp"
#include "store/tables/deliveries/interrupted.hpp"
#include "text/time.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr auto body_sql = "SELECT raw, json, raw_pieces, json_pieces FROM bodies JOIN postbacks USING "
                          "(receipt) WHERE receipt = ?1 AND removed_at IS NULL";
constexpr auto piece_bytes_sql = "SELECT bytes FROM pieces WHERE body_id = ?1 ORDER BY part";
constexpr auto states_sql = "SELECT name, kind, circuit, failures, first_event FROM handlers WHERE active";

constexpr auto known_handlers_sql = R"(
  INSERT INTO handlers (name, kind, first_event) VALUES (?1, ?2, ?3)
  ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, active = TRUE,
         first_event = CASE WHEN handlers.active THEN handlers.first_event ELSE excluded.first_event END)";
constexpr auto active_sql = "SELECT name FROM handlers WHERE active";
constexpr auto absent_sql = "UPDATE handlers SET active = FALSE WHERE name = ?1";

std::string events_after_sql()
{
  return std::string("SELECT ") + event_columns + " FROM events e" + event_joins + "WHERE e.id > ?1 AND " +
         is_told + " ORDER BY e.id LIMIT ?2";
}

void exec(sql::Database& database, const char* sql, const std::string& parameter)
{
  sql::Statement statement(database, sql);
  bind_text(statement, 1, parameter);
  statement.exec();
}

void register_handlers(sql::Database& database, const std::vector<HandlerState>& handlers, std::int64_t after)
{
  std::set<std::string> names;
  sql::Statement known(database, known_handlers_sql);
  for (const HandlerState& handler : handlers) {
    bind_text(known, 1, handler.name);
    bind_text(known, 2, handler.kind);
    known.bind(3, after);
    execute(known);
    names.insert(handler.name);
  }
  std::vector<std::string> absent;
  {
    sql::Statement active(database, active_sql);
    while (active.step())
      if (std::string name = active.column(0).text(); !names.contains(name))
        absent.push_back(std::move(name));
  }
  for (const std::string& name : absent)
    exec(database, absent_sql, name);
}

DeliveryStore::Opened read_opened(sql::Database& database, base::TimePoint now)
{
  DeliveryStore::Opened opened{{}, std::stoll(setting(database, "routed"))};
  sql::Statement find(database, states_sql);
  std::int64_t first = INT64_MAX;
  while (find.step()) {
    opened.handlers.push_back({find.column(0).text(), find.column(1).text(), find.column(2).text() == "open",
                               find.column(3).int32(), now, find.column(4).int64()});
    first = std::min(first, opened.handlers.back().first_event);
  }
  // No handler waits for events before the earliest first event.
  if (!opened.handlers.empty()) opened.routed = std::max(opened.routed, first);
  return opened;
}

} // namespace

TableDeliveryStore::TableDeliveryStore(Engine& engine, sql::Database& writer, CommitQueue& queue)
    : engine_(engine), writer_(writer), queue_(queue), table_(writer), reader_(engine.open_reader()),
      events_after_(reader_.database(), events_after_sql()), due_(reader_.database()),
      documents_(engine.open_reader()), store_id_(setting(writer, "store_id"))
{
}

std::int64_t TableDeliveryStore::last_event()
{
  return reader_.read(
      [&] { return number_of(reader_.database(), "SELECT coalesce(max(id), 0) FROM events"); });
}

std::int64_t TableDeliveryStore::routed()
{
  return reader_.read([&] { return std::stoll(setting(reader_.database(), "routed")); });
}

DeliveryStore::Opened TableDeliveryStore::open(const std::vector<HandlerState>& handlers, std::int64_t after,
                                               base::TimePoint now)
{
  const auto begin = [&] {
    const std::string claim_name = engine_.claim_name();
    release_interrupted(writer_, claim_name.substr(0, claim_name.find('/')), text::format_time(now));
    register_handlers(writer_, handlers, after);
  };
  queue_.run_blocking(begin).value();
  return reader_.read([&] { return read_opened(reader_.database(), now); });
}

std::vector<model::Event> TableDeliveryStore::events_after(std::int64_t event, std::size_t most)
{
  return reader_.read([&] {
    std::vector<model::Event> events;
    const Reset reset(events_after_);
    events_after_.bind(1, event);
    events_after_.bind(2, static_cast<std::int64_t>(most));
    while (events_after_.step())
      events.push_back(read_event(events_after_, 0));
    return events;
  });
}

bool TableDeliveryStore::has_due(const std::vector<Capacity>& capacities, base::TimePoint now)
{
  return reader_.read([&] {
    const std::string time = text::format_time(now);
    std::vector<std::int64_t> due;
    for (const Capacity& capacity : capacities) {
      due_.find({capacity.handler, 1, capacity.in_order}, time, due);
      if (!due.empty()) return true;
    }
    return false;
  });
}

std::map<std::string, base::TimePoint> TableDeliveryStore::probe_times()
{
  return reader_.read([&] {
    sql::Statement find(
        reader_.database(),
        "SELECT name, open_until FROM handlers WHERE circuit = 'open' AND open_until IS NOT NULL");
    std::map<std::string, base::TimePoint> times;
    while (find.step())
      times.emplace(find.column(0).text(), time_of(find, 1));
    return times;
  });
}

std::vector<Claim> TableDeliveryStore::advance(const Step& step, base::TimePoint now)
{
  auto work = [&] {
    engine_.require(writer_, Duty::deliver);
    std::vector<Claim> claims;
    table_.record(step.reports, now);
    for (const HandlerState& handler : step.changed)
      table_.save(handler);
    if (step.routed != 0) table_.insert(step.deliveries, step.routed, now);
    const std::string claim_name = engine_.claim_name();
    for (const Capacity& capacity : step.capacities)
      table_.claim(capacity, claim_name, now, claims);
    return claims;
  };
  std::vector<Claim> claims = queue_.run_blocking(work).value();
  for (Claim& claim : claims)
    claim.key = store_id_ + "-" + std::to_string(claim.delivery);
  return claims;
}

base::Blob TableDeliveryStore::document(const model::Event& event, base::Spool& spool)
{
  if (!event.receipt && !event.object) return document_of(event);
  return documents_.read([&] {
    return event.object ? base::Blob(describe_object(documents_.database(), event))
                        : body_of(*event.receipt, spool);
  });
}

base::Blob TableDeliveryStore::body_of(model::Receipt receipt, base::Spool& spool)
{
  base::Blob body(spool);
  sql::Statement find(documents_.database(), body_sql);
  find.bind(1, static_cast<std::int64_t>(receipt));
  if (!find.step()) throw base::Failure(base::Errc::not_found, "the body of the postback has been deleted");
  // The columns: raw, json, and the pieces of each.
  const bool converted = !find.column(1).is_null() || !find.column(3).is_null();
  const int pieces = converted ? 3 : 2;
  if (find.column(pieces).is_null()) {
    body.append(find.column(converted ? 1 : 0).bytes());
    return body;
  }
  sql::Statement next(documents_.database(), piece_bytes_sql);
  next.bind(1, find.column(pieces).int64());
  while (next.step())
    body.append(next.column(0).bytes());
  return body;
}

} // namespace postbackd::store::tables

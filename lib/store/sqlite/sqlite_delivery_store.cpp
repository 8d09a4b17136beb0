#include "store/sqlite/sqlite_delivery_store.hpp"

#include <algorithm>

#include "sqlite/statement.hpp"
#include "store/sqlite/common/names.hpp"
#include "store/sqlite/common/settings.hpp"
#include "text/json.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr auto body_sql = "SELECT raw, json, raw_pieces, json_pieces FROM bodies JOIN postbacks USING "
                          "(receipt) WHERE receipt = ?1 AND removed_at IS NULL";
constexpr auto piece_bytes_sql = "SELECT bytes FROM pieces WHERE body_id = ?1 ORDER BY part";
constexpr auto queue_object_sql = R"(
  SELECT json_object('id', id, 'action', action, 'data', json(request -> '$.data')) FROM queue_objects WHERE number = ?1)";
constexpr auto app_event_sql = R"(
  SELECT json_object('userId', e.user_id, 'eventName', e.event_name, 'eventValue', e.event_value, 'eventDate', e.event_date,
                     'appName', e.app_name, 'document', u.document, 'documentType', u.document_type)
    FROM app_events e LEFT JOIN app_users u ON u.user_id = e.user_id WHERE e.number = ?1)";
constexpr auto alert_sql = R"(
  SELECT json_object('Event', 'alert', 'Name', name, 'State', iif(first_event = ?2, 'began', 'ended'), 'Handler', nullif(handler, ''),
                     'Critical', json(iif(critical, 'true', 'false')), 'What', what, 'BeganAt', began_at,
                     'EndedAt', iif(first_event = ?2, NULL, ended_at)) FROM alerts WHERE id = ?1)";
constexpr auto group_sql = R"(
  SELECT json_object('Event', 'group', 'Group', name, 'Client', client, 'Queries', queries, 'Open', open, 'GivenUp', given_up)
    FROM v_groups WHERE id = ?1)";
constexpr auto states_sql = "SELECT name, kind, circuit, failures, first_event FROM handlers WHERE active";

constexpr auto interrupted_attempts_sql = R"(
  UPDATE attempts SET outcome = 'retry', finished_at = ?1, detail = 'the daemon ended while it ran'
   WHERE finished_at IS NULL AND delivery IN (SELECT id FROM deliveries WHERE state = 'running'))";
constexpr auto interrupted_sql =
    "UPDATE deliveries SET state = 'due', next_attempt_at = ?1 WHERE state = 'running'";
constexpr auto known_handlers_sql = R"(
  INSERT INTO handlers (name, kind, first_event) VALUES (?1, ?2, ?3)
  ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, active = 1, first_event = iif(active, first_event, excluded.first_event))";
constexpr auto others_sql =
    "UPDATE handlers SET active = 0 WHERE name NOT IN (SELECT value FROM json_each(?1))";

std::string events_after_sql()
{
  return std::string("SELECT ") + event_columns + " FROM events e" + event_joins + "WHERE e.id > ?1 AND " +
         is_told + " ORDER BY e.id LIMIT ?2";
}

std::string_view bytes_of(SQLite::Statement& row, int column)
{
  const SQLite::Column value = row.getColumn(column);
  return {static_cast<const char*>(value.getBlob()), static_cast<std::size_t>(value.getBytes())};
}

// Returns the document of an event without a postback.
std::string describe(const model::Event& event)
{
  text::JsonWriter writer;
  writer.begin_object().key("Event").string(model::to_text(event.kind));
  const auto add = [&writer](std::string_view name, const std::string& value) {
    if (!value.empty()) writer.key(name).string(value);
  };
  add("Id", event.own_id);
  add("QueryId", event.query_id);
  add("Label", event.label);
  add("Key", event.key);
  if (!event.metadata.empty()) writer.key("Metadata").raw(event.metadata);
  add("Api", event.api);
  add("Group", event.group);
  add("Datasets", event.datasets);
  if (event.code) writer.key("Code").number(*event.code);
  add("Message", event.message);
  writer.end_object();
  return std::string(writer.text());
}

void exec(SQLite::Database& database, const char* sql, const std::string& parameter)
{
  SQLite::Statement statement(database, sql);
  bind_text(statement, 1, parameter);
  statement.exec();
}

void register_handlers(SQLite::Database& database, const std::vector<HandlerState>& handlers,
                       std::int64_t after, base::TimePoint now)
{
  const std::string time = text::format_time(now);
  exec(database, interrupted_attempts_sql, time);
  exec(database, interrupted_sql, time);
  text::JsonWriter names;
  names.begin_array();
  SQLite::Statement known(database, known_handlers_sql);
  for (const HandlerState& handler : handlers) {
    bind_text(known, 1, handler.name);
    bind_text(known, 2, handler.kind);
    known.bind(3, after);
    execute(known);
    names.string(handler.name);
  }
  exec(database, others_sql, std::string(names.end_array().text()));
}

DeliveryStore::Opened read_opened(SQLite::Database& database, base::TimePoint now)
{
  DeliveryStore::Opened opened{{}, std::stoll(setting(database, "routed"))};
  SQLite::Statement find(database, states_sql);
  std::int64_t first = INT64_MAX;
  while (find.executeStep()) {
    opened.handlers.push_back({find.getColumn(0).getString(), find.getColumn(1).getString(),
                               find.getColumn(2).getString() == "open", find.getColumn(3).getInt(), now,
                               find.getColumn(4).getInt64()});
    first = std::min(first, opened.handlers.back().first_event);
  }
  // No handler waits for events before the earliest first event.
  if (!opened.handlers.empty()) opened.routed = std::max(opened.routed, first);
  return opened;
}

} // namespace

SqliteDeliveryStore::SqliteDeliveryStore(const ConnectionOptions& options, SQLite::Database& writer,
                                         CommitQueue& queue)
    : writer_(writer), queue_(queue), table_(writer), reader_(options),
      events_after_(reader_.database(), events_after_sql()), due_(reader_.database()), documents_(options),
      store_id_(setting(writer, "store_id"))
{
}

std::int64_t SqliteDeliveryStore::last_event()
{
  return reader_.read(
      [&] { return reader_.database().execAndGet("SELECT coalesce(max(id), 0) FROM events").getInt64(); });
}

DeliveryStore::Opened SqliteDeliveryStore::open(const std::vector<HandlerState>& handlers, std::int64_t after,
                                                base::TimePoint now)
{
  queue_.run_blocking([&] { register_handlers(writer_, handlers, after, now); }).value();
  return reader_.read([&] { return read_opened(reader_.database(), now); });
}

std::vector<model::Event> SqliteDeliveryStore::events_after(std::int64_t event, std::size_t most)
{
  return reader_.read([&] {
    std::vector<model::Event> events;
    const Reset reset(events_after_);
    events_after_.bind(1, event);
    events_after_.bind(2, static_cast<std::int64_t>(most));
    while (events_after_.executeStep())
      events.push_back(read_event(events_after_, 0));
    return events;
  });
}

bool SqliteDeliveryStore::has_due(const std::vector<Capacity>& capacities, base::TimePoint now)
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

std::map<std::string, base::TimePoint> SqliteDeliveryStore::probe_times()
{
  return reader_.read([&] {
    SQLite::Statement find(
        reader_.database(),
        "SELECT name, open_until FROM handlers WHERE circuit = 'open' AND open_until IS NOT NULL");
    std::map<std::string, base::TimePoint> times;
    while (find.executeStep())
      times.emplace(find.getColumn(0).getString(), time_of(find, 1));
    return times;
  });
}

std::vector<Claim> SqliteDeliveryStore::advance(const Step& step, base::TimePoint now)
{
  auto work = [&] {
    std::vector<Claim> claims;
    table_.record(step.reports, now);
    for (const HandlerState& handler : step.changed)
      table_.save(handler);
    if (step.routed != 0) table_.insert(step.deliveries, step.routed, now);
    for (const Capacity& capacity : step.capacities)
      table_.claim(capacity, now, claims);
    return claims;
  };
  std::vector<Claim> claims = queue_.run_blocking(work).value();
  for (Claim& claim : claims)
    claim.key = store_id_ + "-" + std::to_string(claim.delivery);
  return claims;
}

base::Blob SqliteDeliveryStore::object_of(const model::Event& event)
{
  SQLite::Statement find(documents_.database(), event.kind == model::EventKind::alert   ? alert_sql
                                                : event.kind == model::EventKind::group ? group_sql
                                                : event.kind == model::EventKind::app_event
                                                    ? app_event_sql
                                                    : queue_object_sql);
  find.bind(1, *event.object);
  if (event.kind == model::EventKind::alert) find.bind(2, event.id);
  if (!find.executeStep()) throw base::Failure(base::Errc::not_found, "the object has been deleted");
  return find.getColumn(0).getString();
}

base::Blob SqliteDeliveryStore::document(const model::Event& event, base::Spool& spool)
{
  if (!event.receipt && !event.object) return describe(event);
  return documents_.read([&] { return event.object ? object_of(event) : body_of(*event.receipt, spool); });
}

base::Blob SqliteDeliveryStore::body_of(model::Receipt receipt, base::Spool& spool)
{
  base::Blob body(spool);
  SQLite::Statement find(documents_.database(), body_sql);
  find.bind(1, static_cast<std::int64_t>(receipt));
  if (!find.executeStep())
    throw base::Failure(base::Errc::not_found, "the body of the postback has been deleted");
  // The columns: raw, json, and the pieces of each.
  const bool converted = !find.getColumn(1).isNull() || !find.getColumn(3).isNull();
  const int pieces = converted ? 3 : 2;
  if (find.getColumn(pieces).isNull()) {
    body.append(bytes_of(find, converted ? 1 : 0));
    return body;
  }
  SQLite::Statement next(documents_.database(), piece_bytes_sql);
  next.bind(1, find.getColumn(pieces).getInt64());
  while (next.executeStep())
    body.append(bytes_of(next, 0));
  return body;
}

} // namespace postbackd::store::sqlite

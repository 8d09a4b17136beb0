#include "store/sqlite/sqlite_deliveries.hpp"

#include <algorithm>

#include "store/sqlite/delivery_jobs.hpp"
#include "store/sqlite/statement.hpp"
#include "text/json.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr auto body_sql = "SELECT raw, json, raw_pieces, json_pieces FROM bodies WHERE receipt = ?1";
constexpr auto pieces_sql = "SELECT bytes FROM pieces WHERE body = ?1 ORDER BY part";
constexpr auto queue_object_sql = R"(
  SELECT json_object('id', id, 'action', action, 'data', json(msg -> '$.data')) FROM queue_objects WHERE number = ?1)";
constexpr auto app_event_sql = R"(
  SELECT json_object('userId', e.user_id, 'eventName', e.event_name, 'eventValue', e.event_value, 'eventDate', e.event_date,
                     'appName', e.app_name, 'document', u.document, 'documentType', u.document_type)
    FROM app_events e LEFT JOIN app_users u ON u.user_id = e.user_id WHERE e.number = ?1)";
constexpr auto states_sql = "SELECT name, kind, circuit, failures, open_until, since FROM handlers";

std::string new_events_sql()
{
  return std::string("SELECT ") + event_columns + " FROM events e" + event_joins +
         "WHERE e.id > ?1 ORDER BY e.id LIMIT ?2";
}

std::string_view bytes_of(SQLite::Statement& row, int column)
{
  const SQLite::Column value = row.getColumn(column);
  return {static_cast<const char*>(value.getBlob()), static_cast<std::size_t>(value.getBytes())};
}

// The documents of events without a postback.
std::string describe(const model::Event& event)
{
  text::JsonWriter writer;
  writer.begin_object().key("Event").string(model::to_text(event.kind)).key("QueryId").string(event.query_id);
  const auto add = [&writer](std::string_view name, const std::string& value) {
    if (!value.empty()) writer.key(name).string(value);
  };
  add("Label", event.label);
  add("Api", event.api);
  add("Datasets", event.datasets);
  writer.end_object();
  return std::string(writer.text());
}

} // namespace

SqliteDeliveries::SqliteDeliveries(const ConnectionOptions& options, SQLite::Database& writer,
                                   CommitQueue& queue)
    : writer_(writer), queue_(queue), table_(writer), reader_(options, Connection::Mode::read),
      new_events_(reader_.database(), new_events_sql()), due_(reader_.database()),
      documents_(options, Connection::Mode::read)
{
}

void SqliteDeliveries::run(CommitQueue::Job& job)
{
  queue_.run_blocking(job);
  if (job.error()) throw base::Failure(*job.error());
}

std::int64_t SqliteDeliveries::last_event()
{
  SQLite::Statement last(reader_.database(), "SELECT coalesce(max(id), 0) FROM events");
  last.executeStep();
  return last.getColumn(0).getInt64();
}

std::vector<HandlerState> SqliteDeliveries::open(const std::vector<HandlerState>& handlers,
                                                 std::int64_t after, base::TimePoint now)
{
  OpenJob job(writer_, handlers, after, now);
  run(job);
  SQLite::Statement settings(reader_.database(),
                             "SELECT (SELECT value FROM settings WHERE name = 'store_id'), "
                             "(SELECT value FROM settings WHERE name = 'routed')");
  settings.executeStep();
  store_id_ = settings.getColumn(0).getString();
  routed_ = std::stoll(settings.getColumn(1).getString());
  std::vector<HandlerState> states;
  SQLite::Statement find(reader_.database(), states_sql);
  std::int64_t first = INT64_MAX;
  while (find.executeStep()) {
    HandlerState state{find.getColumn(0).getString(), find.getColumn(1).getString(),
                       find.getColumn(2).getString() == "open", find.getColumn(3).getInt(), now};
    const auto has_name = [&state](const HandlerState& handler) { return handler.name == state.name; };
    if (std::none_of(handlers.begin(), handlers.end(), has_name)) continue;
    first = std::min(first, since_[state.name] = find.getColumn(5).getInt64());
    states.push_back(std::move(state));
  }
  // Nobody is waiting for what came before all of them.
  if (!states.empty()) routed_ = std::max(routed_, first);
  return states;
}

std::vector<model::Event> SqliteDeliveries::new_events(std::size_t most)
{
  std::vector<model::Event> events;
  const Reset reset(new_events_);
  new_events_.bind(1, routed_);
  new_events_.bind(2, static_cast<std::int64_t>(most));
  while (new_events_.executeStep())
    events.push_back(read_event(new_events_, 0));
  return events;
}

bool SqliteDeliveries::is_due_to(const std::string& handler, std::int64_t event) const
{
  const auto found = since_.find(handler);
  return found != since_.end() && event > found->second;
}

bool SqliteDeliveries::has_due(const std::vector<Want>& wants, base::TimePoint now)
{
  const std::string time = text::format_time(now);
  std::vector<std::int64_t> due;
  for (const Want& want : wants) {
    due_.find({want.handler, 1, want.in_order}, time, due);
    if (!due.empty()) return true;
  }
  return false;
}

std::vector<Claim> SqliteDeliveries::advance(const Step& step, base::TimePoint now)
{
  AdvanceJob job(table_, step, now);
  run(job);
  routed_ = std::max(routed_, step.routed);
  for (Claim& claim : job.claims)
    claim.key = store_id_ + "-" + std::to_string(claim.delivery);
  return std::move(job.claims);
}

std::int64_t SqliteDeliveries::mark_overdue(base::TimePoint now)
{
  SQLite::Statement find(
      reader_.database(),
      "SELECT 1 FROM queries WHERE (state = 'pending' OR state = 'submitting') AND deadline_at < ?1 LIMIT 1");
  find.bind(1, text::format_time(now));
  if (!find.executeStep()) return 0;
  find.reset();
  OverdueJob job(writer_, now);
  run(job);
  return job.marked;
}

base::Blob SqliteDeliveries::object_of(const model::Event& event)
{
  SQLite::Statement find(documents_.database(),
                         event.kind == model::EventKind::ticket_create ? queue_object_sql : app_event_sql);
  find.bind(1, *event.object);
  if (!find.executeStep()) throw base::Failure(base::Errc::not_found, "the object is not there any more");
  return find.getColumn(0).getString();
}

base::Blob SqliteDeliveries::document(const model::Event& event, base::Spool& spool)
{
  if (!event.receipt && !event.object) return describe(event);
  const std::lock_guard lock(documents_mutex_);
  if (event.object) return object_of(event);
  base::Blob document(spool);
  SQLite::Statement find(documents_.database(), body_sql);
  find.bind(1, static_cast<std::int64_t>(*event.receipt));
  if (!find.executeStep())
    throw base::Failure(base::Errc::not_found, "the body of the postback is not there any more");
  if (!find.getColumn(1).isNull()) {
    document.append(bytes_of(find, 1));
    return document;
  }
  const int pieces = find.getColumn(3).isNull() ? 2 : 3;
  if (find.getColumn(pieces).isNull()) {
    document.append(bytes_of(find, 0));
    return document;
  }
  SQLite::Statement next(documents_.database(), pieces_sql);
  next.bind(1, find.getColumn(pieces).getInt64());
  while (next.executeStep())
    document.append(bytes_of(next, 0));
  return document;
}

} // namespace postbackd::store::sqlite

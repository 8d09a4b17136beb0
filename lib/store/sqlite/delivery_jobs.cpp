#include "store/sqlite/delivery_jobs.hpp"

#include "store/sqlite/statement.hpp"
#include "text/time.hpp"

namespace postbackd::store::sqlite
{
namespace
{

// Bounds how long others wait behind one of these jobs.
constexpr int most_overdue = 500;

constexpr auto interrupted_attempts_sql = R"(
  UPDATE attempts SET outcome = 'retry', finished_at = ?1, detail = 'the daemon ended while it ran'
   WHERE finished_at IS NULL AND delivery IN (SELECT id FROM deliveries WHERE state = 'running'))";
constexpr auto interrupted_sql =
    "UPDATE deliveries SET state = 'due', next_attempt_at = ?1 WHERE state = 'running'";
constexpr auto known_sql = R"(
  INSERT INTO handlers (name, kind, since) VALUES (?1, ?2, (SELECT coalesce(max(id), 0) FROM events))
  ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, active = 1)";

// What an operator has decided meanwhile stands, but for what is done.
constexpr auto report_sql = R"(
  UPDATE deliveries SET state = ?2, next_attempt_at = ?3, last_error = ?4, done_at = ?5, forgiven = forgiven + ?6
   WHERE id = ?1 AND (state = 'running' OR ?2 = 'done'))";
constexpr auto attempt_sql =
    "UPDATE attempts SET finished_at = ?3, outcome = ?4, detail = ?5 WHERE delivery = ?1 AND attempt = ?2";
constexpr auto insert_sql =
    "INSERT INTO deliveries (event, handler, next_attempt_at, created_at) VALUES (?1, ?2, ?3, ?3) "
    "ON CONFLICT (event, handler) DO NOTHING";
constexpr auto claim_sql = R"(
  UPDATE deliveries SET state = 'running', attempts = attempts + 1, next_attempt_at = NULL WHERE id = ?1
  RETURNING event, attempts, attempts - forgiven)";
constexpr auto begin_sql = "INSERT INTO attempts (delivery, attempt, started_at) VALUES (?1, ?2, ?3)";
constexpr auto save_sql = "UPDATE handlers SET circuit = ?2, failures = ?3, open_until = ?4 WHERE name = ?1";

constexpr auto overdue_sql = R"(
  UPDATE queries SET state = 'overdue'
   WHERE id IN (SELECT id FROM queries WHERE state = 'pending' AND deadline_at < ?1 ORDER BY deadline_at LIMIT ?2)
  RETURNING id)";
constexpr auto overdue_event_sql = "INSERT INTO events (event, query, created_at) VALUES ('overdue', ?1, ?2)";

const char* to_text(Report::State state)
{
  return state == Report::State::done ? "done" : state == Report::State::due ? "due" : "dead";
}

void exec(SQLite::Database& database, const char* sql, const std::string& parameter)
{
  SQLite::Statement statement(database, sql);
  statement.bind(1, parameter);
  statement.exec();
}

} // namespace

model::Event read_event(SQLite::Statement& row, int first)
{
  const auto text = [&](int column) { return text_or_nothing(row, first + column).value_or(""); };
  model::Event event;
  event.id = row.getColumn(first).getInt64();
  event.kind = model::event_kind_of(text(1)).value_or(model::EventKind::result);
  if (!row.getColumn(first + 2).isNull()) event.receipt = row.getColumn(first + 2).getInt64();
  event.query_id = text(3);
  event.label = text(4);
  event.api = text(5);
  event.datasets = text(6);
  event.status = text(7);
  event.route = text(8);
  return event;
}

void OpenJob::run()
{
  const std::string now = text::format_time(now_);
  exec(database_, interrupted_attempts_sql, now);
  exec(database_, interrupted_sql, now);
  database_.exec("UPDATE handlers SET active = 0");
  for (const HandlerState& handler : handlers_) {
    SQLite::Statement known(database_, known_sql);
    known.bind(1, handler.name);
    known.bind(2, handler.kind);
    known.exec();
  }
}

void AdvanceJob::run()
{
  claims.clear();
  const std::string now = text::format_time(now_);
  for (const Report& report : step_.reports)
    record(report);
  for (const HandlerState& handler : step_.changed)
    save(handler);
  insert(now);
  for (const Want& want : step_.wants)
    claim(want, now);
}

void AdvanceJob::record(const Report& report)
{
  const std::string finished_at = text::format_time(report.finished_at);
  SQLite::Statement attempt(database_, attempt_sql);
  attempt.bind(1, report.delivery);
  attempt.bind(2, report.attempt);
  attempt.bind(3, finished_at);
  attempt.bind(4, report.outcome);
  attempt.bind(5, report.detail);
  attempt.exec();
  SQLite::Statement update(database_, report_sql);
  update.bind(1, report.delivery);
  update.bind(2, to_text(report.state));
  if (report.state == Report::State::due) update.bind(3, text::format_time(report.next_attempt_at));
  if (report.state != Report::State::done) update.bind(4, report.detail);
  if (report.state == Report::State::done) update.bind(5, finished_at);
  update.bind(6, report.interrupted ? 1 : 0);
  if (update.exec() == 0) return;
  if (report.state == Report::State::done) count("delivered", 1);
  if (report.state == Report::State::dead) count("dead", 1);
}

void AdvanceJob::count(const std::string& column, std::int64_t number)
{
  const std::string day = text::format_time(now_).substr(0, 10);
  exec(database_, "INSERT INTO stats (day) VALUES (?1) ON CONFLICT (day) DO NOTHING", day);
  SQLite::Statement add(database_, "UPDATE stats SET " + column + " = " + column + " + ?2 WHERE day = ?1");
  add.bind(1, day);
  add.bind(2, number);
  add.exec();
}

void AdvanceJob::insert(const std::string& now)
{
  if (step_.routed == 0) return;
  SQLite::Statement statement(database_, insert_sql);
  for (const NewDelivery& delivery : step_.deliveries) {
    const Reset reset(statement);
    statement.bind(1, delivery.event);
    statement.bind(2, delivery.handler);
    statement.bind(3, now);
    statement.exec();
  }
  exec(database_, "UPDATE settings SET value = ?1 WHERE name = 'routed'", std::to_string(step_.routed));
}

void AdvanceJob::claim(const Want& want, const std::string& now)
{
  std::vector<std::int64_t> due;
  {
    SQLite::Statement find(database_, want.in_order ? in_order_sql : due_sql);
    find.bind(1, want.handler);
    find.bind(2, now);
    find.bind(3, static_cast<std::int64_t>(want.most));
    while (find.executeStep())
      due.push_back(find.getColumn(0).getInt64());
  }
  for (const std::int64_t id : due) {
    Claim claim;
    claim.delivery = id;
    claim.handler = want.handler;
    SQLite::Statement take(database_, claim_sql);
    take.bind(1, id);
    take.executeStep();
    const std::int64_t event = take.getColumn(0).getInt64();
    claim.attempt = take.getColumn(1).getInt();
    claim.counted = take.getColumn(2).getInt();
    take.reset();
    SQLite::Statement begin(database_, begin_sql);
    begin.bind(1, id);
    begin.bind(2, claim.attempt);
    begin.bind(3, now);
    begin.exec();
    SQLite::Statement facts(database_, std::string("SELECT ") + event_columns + " FROM events e" +
                                           event_joins + "WHERE e.id = ?1");
    facts.bind(1, event);
    if (facts.executeStep()) claim.event = read_event(facts, 0);
    claims.push_back(std::move(claim));
  }
}

void AdvanceJob::save(const HandlerState& handler)
{
  SQLite::Statement save(database_, save_sql);
  save.bind(1, handler.name);
  save.bind(2, handler.open ? "open" : "closed");
  save.bind(3, handler.failures);
  if (handler.open) save.bind(4, text::format_time(handler.open_until));
  save.exec();
}

void OverdueJob::run()
{
  const std::string now = text::format_time(now_);
  std::vector<std::int64_t> ids;
  {
    SQLite::Statement mark(database_, overdue_sql);
    mark.bind(1, now);
    mark.bind(2, most_overdue);
    while (mark.executeStep())
      ids.push_back(mark.getColumn(0).getInt64());
  }
  for (const std::int64_t id : ids) {
    SQLite::Statement insert(database_, overdue_event_sql);
    insert.bind(1, id);
    insert.bind(2, now);
    insert.exec();
  }
  marked = static_cast<std::int64_t>(ids.size());
}

} // namespace postbackd::store::sqlite

#include "admin/status.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "text/json.hpp"
#include "text/time.hpp"

namespace postbackd::admin
{
namespace
{

using std::chrono::duration_cast;
using std::chrono::seconds;

std::int64_t seconds_of(std::chrono::milliseconds time) { return duration_cast<seconds>(time).count(); }

void write(text::JsonWriter& writer, const char* name, const std::vector<Count>& counts)
{
  writer.key(name).begin_object();
  for (const Count& count : counts)
    if (count.count > 0) writer.key(count.what).number(static_cast<std::int64_t>(count.count));
  writer.end_object();
}

void write(text::JsonWriter& writer, const char* name, std::optional<base::TimePoint> time)
{
  if (time)
    writer.key(name).string(text::format_time(*time));
  else
    writer.key(name).null();
}

void write(text::JsonWriter& writer, const ProcessFacts& process, base::TimePoint now)
{
  writer.key("version").string(process.version);
  write(writer, "started_at", process.started_at);
  writer.key("uptime_seconds").number(seconds_of(now - process.started_at));
  writer.key("receiving").begin_array();
  for (const std::string& address : process.addresses)
    writer.string(address);
  writer.end_array();
  writer.key("ports").begin_array();
  for (const unsigned short port : process.ports)
    writer.number(static_cast<std::int64_t>(port));
  writer.end_array();
  write(writer, "reloaded_at", process.reloaded_at);
  writer.key("reload_error")
      .string(process.reload_error)
      .key("restart_needed")
      .string(process.restart_needed);
  write(writer, "certificate_ends", process.certificate_ends);
  write(writer, "platform_silent_since", process.platform_silent_since);
  writer.key("keep").begin_object();
  for (const auto& [what, age] : process.keep)
    writer.key(what).string(age);
  writer.end_object();
}

void write(text::JsonWriter& writer, const store::StoreFigures& figures)
{
  writer.key("queries").begin_object();
  writer.key("pending").number(figures.pending).key("overdue").number(figures.overdue);
  writer.key("lost").number(figures.lost).key("oldest_seconds").number(seconds_of(figures.oldest));
  writer.key("submissions_queued").number(figures.queued_submissions);
  writer.key("submissions_expired").number(figures.expired);
  writer.key("recoveries").number(figures.recoveries).end_object();
  writer.key("handlers").begin_array();
  for (const store::HandlerFigures& handler : figures.handlers) {
    writer.begin_object().key("name").string(handler.name).key("backlog").number(handler.backlog);
    writer.key("oldest_seconds").number(seconds_of(handler.oldest)).key("dead").number(handler.dead);
    writer.key("circuit_open").boolean(handler.circuit_open).key("active").boolean(handler.active);
    writer.key("last_error").string(handler.last_error).end_object();
  }
  writer.end_array();
  write(writer, "kept_since", figures.kept_since);
  write(writer, "made_at", figures.made_at);
  write(writer, "restored_at", figures.restored_at);
  write(writer, "backed_up_at", figures.backed_up_at);
  writer.key("growth_bytes_per_day").number(figures.growth);
  writer.key("queue_depth").number(static_cast<std::int64_t>(figures.queued));
  if (!figures.server.empty()) writer.key("server").string(figures.server);
  writer.key("database_bytes").number(static_cast<std::int64_t>(figures.database_bytes));
  writer.key("wal_bytes").number(static_cast<std::int64_t>(figures.journal_bytes));
}

void write(text::JsonWriter& writer, const std::vector<Problem>& problems)
{
  writer.key("problems").begin_array();
  for (const Problem& problem : problems) {
    writer.begin_object().key("critical").boolean(problem.critical).key("name").string(problem.name);
    writer.key("what").string(problem.text()).end_object();
  }
  writer.end_array();
}

void write(text::JsonWriter& writer, const std::vector<RecentRefusal>& refusals)
{
  writer.key("recently_refused").begin_array();
  for (const RecentRefusal& refusal : refusals) {
    writer.begin_object().key("reason").string(refusal.reason).key("remote").string(refusal.remote);
    writer.key("path").string(refusal.path).key("count").number(static_cast<std::int64_t>(refusal.count));
    writer.key("last").string(text::format_time(refusal.last)).end_object();
  }
  writer.end_array();
}

} // namespace

std::optional<std::int64_t> Status::days_left() const
{
  if (!store || store->growth <= 0 || !free_bytes) return std::nullopt;
  const std::uint64_t floor = process.api_floor / 2; // below that, postbacks are refused
  const std::uint64_t room = *free_bytes > floor ? *free_bytes - floor : 0;
  return static_cast<std::int64_t>(room) / store->growth;
}

std::string to_json(const Status& status)
{
  text::JsonWriter writer;
  writer.begin_object().key("ready").boolean(status.not_ready.empty());
  write(writer, problems_of(status));
  write(writer, status.process, status.now);
  writer.key("changed_credentials").begin_array();
  for (const std::string& where : status.changed_credentials)
    writer.string(where);
  writer.end_array();
  if (status.store) write(writer, *status.store);
  write(writer, status.recent);
  if (const auto left = status.days_left()) writer.key("days_until_disk_full").number(*left);
  if (status.free_bytes) writer.key("free_bytes").number(static_cast<std::int64_t>(*status.free_bytes));
  writer.key("connections").number(static_cast<std::int64_t>(status.connections));
  write(writer, "received", status.received);
  write(writer, "refused", status.refused);
  writer.end_object();
  return std::string(writer.text());
}

} // namespace postbackd::admin

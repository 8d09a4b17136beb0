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
using std::chrono::hours;
using std::chrono::seconds;

// A certificate is renewed long before; a backlog that is older is not only a burst.
constexpr std::chrono::days certificate_warning{14};
constexpr hours backlog_warning{1};

std::int64_t seconds_of(std::chrono::milliseconds time) { return duration_cast<seconds>(time).count(); }

void add_handlers(const std::vector<store::HandlerFigures>& handlers, std::vector<Problem>& problems)
{
  for (const store::HandlerFigures& handler : handlers) {
    if (handler.circuit_open)
      problems.push_back({false, fmt::format("the handler {} keeps failing; waiting deliveries: {}",
                                             handler.name, handler.backlog)});
    else if (handler.oldest > backlog_warning)
      problems.push_back({false, fmt::format("the handler {} is behind: its oldest delivery waits for {} h",
                                             handler.name, duration_cast<hours>(handler.oldest).count())});
    if (handler.dead > 0)
      problems.push_back({false, fmt::format("dead deliveries to {}: {} (postbackctl deliveries --dead)",
                                             handler.name, handler.dead)});
  }
}

void add_certificate(const Status& status, std::vector<Problem>& problems)
{
  const auto& ends = status.process.certificate_ends;
  if (!ends || *ends > status.now + certificate_warning) return;
  const auto left = std::chrono::floor<std::chrono::days>(*ends - status.now).count();
  problems.push_back({left < 1, left < 0 ? std::string("the certificate has expired")
                                         : fmt::format("days until the certificate expires: {}", left)});
}

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
  write(writer, "reloaded_at", process.reloaded_at);
  write(writer, "certificate_ends", process.certificate_ends);
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
  writer.key("recoveries").number(figures.recoveries).end_object();
  writer.key("handlers").begin_array();
  for (const store::HandlerFigures& handler : figures.handlers) {
    writer.begin_object().key("name").string(handler.name).key("backlog").number(handler.backlog);
    writer.key("oldest_seconds").number(seconds_of(handler.oldest)).key("dead").number(handler.dead);
    writer.key("circuit_open").boolean(handler.circuit_open).end_object();
  }
  writer.end_array();
  write(writer, "kept_since", figures.kept_since);
  writer.key("queue_depth").number(static_cast<std::int64_t>(figures.queued));
  writer.key("database_bytes").number(static_cast<std::int64_t>(figures.database_bytes));
  writer.key("wal_bytes").number(static_cast<std::int64_t>(figures.journal_bytes));
}

} // namespace

std::vector<Problem> problems_of(const Status& status)
{
  std::vector<Problem> problems;
  if (!status.not_ready.empty()) problems.push_back({true, "not ready: " + status.not_ready});
  if (!status.store) problems.push_back({true, "the store cannot be read"});
  add_certificate(status, problems);
  if (status.not_ready.empty() && status.free_bytes && *status.free_bytes < status.process.api_floor)
    problems.push_back(
        {false, fmt::format("free: {} MiB; below {} MiB the API refuses, and below half of that "
                            "postbacks too: free some, or lower [limits] free_space",
                            *status.free_bytes >> 20, status.process.api_floor >> 20)});
  if (!status.process.reload_error.empty())
    problems.push_back({false, "the last reload failed: " + status.process.reload_error});
  if (status.store) {
    if (status.store->overdue > 0)
      problems.push_back(
          {false, fmt::format("overdue queries: {} (postbackctl list --overdue)", status.store->overdue)});
    if (status.store->lost > 0)
      problems.push_back(
          {false, fmt::format("lost queries: {} (postbackctl list --state lost)", status.store->lost)});
    if (status.store->last_doubtful)
      problems.push_back(
          {false, fmt::format("postbacks to a query's own URL with another QueryId than the platform has "
                              "named, in the last day: {} (postbackctl show {})",
                              status.store->doubtful, *status.store->last_doubtful)});
    add_handlers(status.store->handlers, problems);
  }
  std::stable_partition(problems.begin(), problems.end(), [](const Problem& p) { return p.critical; });
  return problems;
}

std::string to_json(const Status& status)
{
  text::JsonWriter writer;
  writer.begin_object().key("ready").boolean(status.not_ready.empty());
  writer.key("problems").begin_array();
  for (const Problem& problem : problems_of(status))
    writer.begin_object()
        .key("critical")
        .boolean(problem.critical)
        .key("what")
        .string(problem.what)
        .end_object();
  writer.end_array();
  write(writer, status.process, status.now);
  if (status.store) write(writer, *status.store);
  if (status.free_bytes) writer.key("free_bytes").number(static_cast<std::int64_t>(*status.free_bytes));
  writer.key("connections").number(static_cast<std::int64_t>(status.connections));
  write(writer, "received", status.received);
  write(writer, "refused", status.refused);
  writer.end_object();
  return std::string(writer.text());
}

} // namespace postbackd::admin

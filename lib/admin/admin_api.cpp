#include "admin/admin_api.hpp"

#include "base/spawn.hpp"
#include "http/open_endpoint.hpp"

namespace postbackd::admin
{
namespace
{

using boost::asio::awaitable;

// A write takes milliseconds; a probe of readiness must not wait for another program's lock.
constexpr std::chrono::milliseconds patience{500};

void add_handlers(const std::vector<store::HandlerFigures>& handlers, std::vector<Sample>& samples)
{
  const auto add = [&](const char* name, const char* help, auto value) {
    for (const store::HandlerFigures& handler : handlers)
      samples.push_back({name, help, false, "handler", handler.name, static_cast<double>(value(handler))});
  };
  add("postbackd_backlog", "Deliveries due or running", [](const auto& h) { return h.backlog; });
  add("postbackd_dead", "Deliveries given up", [](const auto& h) { return h.dead; });
  add("postbackd_backlog_oldest_seconds", "Age of the oldest in the backlog",
      [](const auto& h) { return static_cast<double>(h.oldest.count()) / 1000; });
  add("postbackd_circuit_open", "1 while a handler's circuit breaker is open",
      [](const auto& h) { return h.circuit_open ? 1 : 0; });
}

void add_process(const ProcessFacts& process, std::vector<Sample>& samples)
{
  const auto seconds = [](base::TimePoint time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
  };
  samples.push_back({"postbackd_build_info", "1, with the version", false, "version", process.version, 1});
  const auto gauge = [&samples](const char* name, const char* help, double value) {
    samples.push_back({name, help, false, {}, {}, value});
  };
  gauge("process_start_time_seconds", "When the process started, Unix time", seconds(process.started_at));
  gauge("postbackd_last_reload_successful",
        "0 when the last reload failed and the old configuration is in use",
        process.reload_error.empty() ? 1 : 0);
  if (process.certificate_ends)
    gauge("postbackd_certificate_not_after_seconds", "When the certificate expires, Unix time",
          seconds(*process.certificate_ends));
}

// What `postbackctl status` tells, for whoever is paged by Prometheus.
void add_problems(const Status& status, std::vector<Sample>& samples)
{
  const auto seconds = [](base::TimePoint time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
  };
  for (const Problem& problem : problems_of(status))
    samples.push_back({"postbackd_problem", "What status tells: 1, or 2 if results are refused, now or soon",
                       false, "problem",
                       problem.name + (problem.handler.empty() ? "" : " " + problem.handler),
                       problem.critical ? 2.0 : 1.0});
  if (!status.store) return;
  if (status.store->backed_up_at)
    samples.push_back({"postbackd_backup_time_seconds",
                       "When the newest backup was made, Unix time",
                       false,
                       {},
                       {},
                       seconds(*status.store->backed_up_at)});
  if (const auto days = status.days_left())
    samples.push_back({"postbackd_disk_full_days",
                       "Days until the disk is full, by the growth of the last week",
                       false,
                       {},
                       {},
                       static_cast<double>(*days)});
}

http::Response not_ready(const std::string& why)
{
  http::Response response = http::error_response(503);
  response.why = why;
  return response;
}

} // namespace

void AdminApi::add_to(http::Settings& settings)
{
  const auto add = [&](const char* path, awaitable<http::Response> (AdminApi::*handler)(http::Request)) {
    settings.add("GET", path, std::make_unique<http::OpenEndpoint>(std::bind_front(handler, this)));
  };
  add("/healthz", &AdminApi::health);
  add("/readyz", &AdminApi::readiness);
  add("/metrics", &AdminApi::metrics);
  add("/status", &AdminApi::status);
}

awaitable<http::Response> AdminApi::health(http::Request)
{
  co_return http::json_response(R"({"healthy":true})");
}

awaitable<http::Response> AdminApi::readiness(http::Request)
{
  const std::string why = co_await find_obstacle();
  if (!why.empty()) co_return not_ready(why);
  co_return http::json_response(R"({"ready":true})");
}

std::string AdminApi::find_obstacle_without_writing() const
{
  const auto enough = dependencies_.free_space.check();
  return enough ? std::string() : enough.error().message;
}

awaitable<std::string> AdminApi::find_obstacle()
{
  if (dependencies_.server.stopping) co_return "stopping";
  std::string why = find_obstacle_without_writing();
  if (!why.empty()) co_return why;
  const base::TimePoint now = dependencies_.clock.now();
  const base::Result<void> probed = co_await dependencies_.store.probe(now, patience);
  co_return probed ? std::string() : probed.error().message;
}

awaitable<http::Response> AdminApi::metrics(http::Request)
{
  http::Response response;
  std::function<std::string()> write = [this, process = dependencies_.process] {
    return dependencies_.metrics.text(samples(process));
  };
  response.body = co_await base::run_on(dependencies_.background, std::move(write));
  response.content_type = "text/plain; version=0.0.4";
  co_return response;
}

awaitable<http::Response> AdminApi::status(http::Request)
{
  const Status now = co_await look(true);
  std::string json = to_json(now);
  co_return http::json_response(std::move(json));
}

awaitable<Status> AdminApi::look(bool probes)
{
  std::string why = find_obstacle_without_writing();
  if (probes) why = co_await find_obstacle();
  std::function<Status()> read = [this, process = dependencies_.process, &why] {
    return read_status(process, std::move(why));
  };
  co_return co_await base::run_on(dependencies_.background, std::move(read));
}

Status AdminApi::look_without_probe(ProcessFacts process) const
{
  return read_status(std::move(process), find_obstacle_without_writing());
}

Status AdminApi::read_status(ProcessFacts process, std::string not_ready) const
{
  Status status;
  status.process = std::move(process);
  status.now = dependencies_.clock.now();
  status.not_ready = std::move(not_ready);
  if (auto figures = dependencies_.store.figures(status.now)) status.store = std::move(*figures);
  if (const auto free = dependencies_.free_space.available()) status.free_bytes = *free;
  status.connections = dependencies_.server.connections;
  status.received = dependencies_.metrics.received();
  status.recent = dependencies_.server.refusals.recent().recent(status.now);
  if (dependencies_.complete) dependencies_.complete(status);
  for (std::size_t i = 0; i < http::refusal_count; ++i) {
    const auto refusal = static_cast<http::Refusal>(i);
    status.refused.push_back(
        {std::string(http::to_text(refusal)), dependencies_.server.refusals.count(refusal)});
  }
  return status;
}

std::vector<Sample> AdminApi::samples(const ProcessFacts& process) const
{
  const Status seen = read_status(process, "");
  std::vector<Sample> samples;
  add_process(process, samples);
  add_problems(seen, samples);
  const http::ServerState& server = dependencies_.server;
  for (std::size_t i = 0; i < http::refusal_count; ++i) {
    const auto refusal = static_cast<http::Refusal>(i);
    samples.push_back({"postbackd_refused_total", "Refused requests and connections, by reason", true,
                       "reason", std::string(http::to_text(refusal)),
                       static_cast<double>(server.refusals.count(refusal))});
  }
  for (unsigned status = 200; status < http::AnswerCounts::end; ++status)
    if (const std::uint64_t count = server.answers.count(status); count > 0 || status == 200)
      samples.push_back({"postbackd_answered_total", "Requests that an endpoint answered, by status", true,
                         "status", std::to_string(status), static_cast<double>(count)});
  const auto gauge = [&samples](const char* name, const char* help, auto value) {
    samples.push_back({name, help, false, {}, {}, static_cast<double>(value)});
  };
  gauge("postbackd_connections", "Open connections", server.connections.load());
  gauge("postbackd_body_memory_bytes", "Bodies in memory", server.spool.memory_in_use());
  if (const auto free = dependencies_.free_space.available())
    gauge("postbackd_free_bytes", "Free space on the disk of the store", *free);
  const auto& figures = seen.store;
  gauge("postbackd_store_readable", "1 when the figures of the store could be read", figures.has_value());
  if (!figures) return samples;
  gauge("postbackd_queue_depth", "Writes that wait for the writer", figures->queued);
  gauge("postbackd_wal_bytes", "Size of the WAL", figures->journal_bytes);
  gauge("postbackd_database_bytes", "Size of the database", figures->database_bytes);
  gauge("postbackd_queries_pending", "Queries that wait for their result", figures->pending);
  gauge("postbackd_queries_overdue", "Of them, those past their deadline", figures->overdue);
  gauge("postbackd_queries_lost", "Queries whose result the platform's log does not have", figures->lost);
  gauge("postbackd_oldest_pending_seconds", "Age of the oldest pending query",
        static_cast<double>(figures->oldest.count()) / 1000);
  gauge("postbackd_submissions_queued", "Submissions that wait to be sent", figures->queued_submissions);
  gauge("postbackd_recoveries", "Queries whose result is searched in the platform's log",
        figures->recoveries);
  gauge("postbackd_fanbase_objects_open", "Queue objects that are pending or processing", figures->objects);
  add_handlers(figures->handlers, samples);
  return samples;
}

} // namespace postbackd::admin

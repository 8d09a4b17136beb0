#include "admin/admin_api.hpp"

#include "base/spawn.hpp"
#include "http/page.hpp"

namespace postbackd::admin
{
namespace
{

using boost::asio::awaitable;

void add_handlers(const std::vector<store::HandlerFigures>& handlers, std::vector<Sample>& samples)
{
  const auto add = [&](const char* name, const char* help, auto value) {
    for (const store::HandlerFigures& handler : handlers)
      samples.push_back({name, help, false, "handler", handler.name, static_cast<double>(value(handler))});
  };
  add("postbackd_backlog", "Deliveries that are due or running", [](const auto& h) { return h.backlog; });
  add("postbackd_dead", "Deliveries given up", [](const auto& h) { return h.dead; });
  add("postbackd_backlog_oldest_seconds", "Age of the oldest in the backlog",
      [](const auto& h) { return static_cast<double>(h.oldest.count()) / 1000; });
  add("postbackd_circuit_open", "1 while a handler is paused for its failures",
      [](const auto& h) { return h.circuit_open ? 1 : 0; });
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
    auto page = std::make_unique<http::Page>(
        [this, handler](http::Request request) { return (this->*handler)(std::move(request)); });
    settings.router.add("GET", path, *page);
    settings.endpoints.push_back(std::move(page));
  };
  add("/healthz", &AdminApi::health);
  add("/readyz", &AdminApi::readiness);
  add("/metrics", &AdminApi::metrics);
}

awaitable<http::Response> AdminApi::health(http::Request)
{
  co_return http::json_response(R"({"healthy":true})");
}

awaitable<http::Response> AdminApi::readiness(http::Request)
{
  if (surroundings_.server.stopping) co_return not_ready("stopping");
  if (const auto enough = surroundings_.free_space.check(); !enough)
    co_return not_ready(enough.error().message);
  store::PostbackStore& store = surroundings_.store;
  const base::Result<void> probed = co_await store.probe();
  if (!probed) co_return not_ready(probed.error().message);
  co_return http::json_response(R"({"ready":true})");
}

awaitable<http::Response> AdminApi::metrics(http::Request)
{
  http::Response response;
  auto write = [this, &response] { response.body = surroundings_.metrics.text(samples()); };
  co_await base::run_on(surroundings_.background, write);
  response.content_type = "text/plain; version=0.0.4";
  co_return response;
}

std::vector<Sample> AdminApi::samples() const
{
  std::vector<Sample> samples;
  const http::Server& server = surroundings_.server;
  for (std::size_t i = 0; i < http::refusal_count; ++i) {
    const auto refusal = static_cast<http::Refusal>(i);
    samples.push_back({"postbackd_refused_total", "Requests and connections that got no 200, by reason", true,
                       "reason", std::string(http::to_text(refusal)),
                       static_cast<double>(server.refusals.count(refusal))});
  }
  const auto gauge = [&samples](const char* name, const char* help, auto value) {
    samples.push_back({name, help, false, {}, {}, static_cast<double>(value)});
  };
  gauge("postbackd_connections", "Open connections", server.connections.load());
  gauge("postbackd_body_memory_bytes", "Bodies in memory", server.spool.memory_in_use());
  if (const auto free = surroundings_.free_space.available())
    gauge("postbackd_free_bytes", "Free space where the store is", *free);
  const base::Result<store::Figures> figures = surroundings_.store.figures();
  gauge("postbackd_store_readable", "1 when the figures of the store could be read", figures.has_value());
  if (!figures) return samples;
  gauge("postbackd_queue_depth", "Jobs that wait for the writer", figures->queued);
  gauge("postbackd_wal_bytes", "Size of the WAL", figures->wal_bytes);
  gauge("postbackd_database_bytes", "Size of the database", figures->database_bytes);
  gauge("postbackd_queries_pending", "Queries that wait for their result", figures->pending);
  gauge("postbackd_queries_overdue", "Of them, those past their deadline", figures->overdue);
  gauge("postbackd_oldest_pending_seconds", "Age of the oldest query that waits",
        static_cast<double>(figures->oldest.count()) / 1000);
  gauge("postbackd_questions_queued", "Questions that are to be submitted", figures->queued_questions);
  gauge("postbackd_recoveries", "Queries whose result is fetched from the log", figures->recoveries);
  gauge("postbackd_fanbase_objects_open", "Queue objects that are pending or processing", figures->objects);
  add_handlers(figures->handlers, samples);
  return samples;
}

} // namespace postbackd::admin

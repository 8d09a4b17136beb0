#include "api/delivery_api.hpp"

#include <fmt/format.h>

#include "api/endpoint.hpp"
#include "api/json.hpp"
#include "api/json_body.hpp"
#include "api/parameters.hpp"
#include "api/problem.hpp"
#include "base/spawn.hpp"
#include "text/json.hpp"
#include "text/time.hpp"

namespace postbackd::api
{
namespace
{

using store::DeliveryAction;
using Answer = boost::asio::awaitable<http::Response>;

constexpr std::uint64_t largest_body = 64 << 10;
constexpr std::size_t longest_reason = 1'024;

// Deliveries are of queries of all clients.
void check(const Client& client)
{
  if (!client.sees_all) throw BadRequest("deliveries need a client with sees = \"all\"", "", 403);
}

model::DeliveryState state_of(const std::string& word)
{
  const auto state = model::delivery_state_of(word);
  if (!state) throw BadRequest("unknown state", "state");
  return *state;
}

// A time, or how long ago it was.
base::TimePoint time_of(const JsonBody& body, const char* name, base::TimePoint now)
{
  const std::string text = body.text(name).value_or("");
  if (const auto ago = text::parse_duration(text)) return now - *ago;
  if (const auto time = text::parse_time(text)) return *time;
  throw BadRequest("expected a time such as 2026-01-31T12:00:00Z, or how long ago: 7d", name);
}

store::DeliveryFilter filter_of(const JsonBody& body, base::TimePoint now)
{
  store::DeliveryFilter filter{
      .id = body.integer("delivery_id"), .handler = body.text("handler"), .query = body.text("query")};
  if (const auto state = body.text("state")) filter.state = state_of(*state);
  if (body.text("older_than")) filter.older_than = time_of(body, "older_than", now);
  if (!filter.id && !filter.handler && !filter.query && !filter.state && !filter.older_than &&
      !body.flag("all"))
    throw BadRequest("select deliveries: delivery_id, handler, query, state or older_than; or \"all\": true");
  return filter;
}

// `{"deliveries":N}`
http::Response count_response(std::int64_t count)
{
  return http::json_response(fmt::format(R"({{"deliveries":{}}})", count));
}

} // namespace

void DeliveryApi::add_to(http::Settings& settings, const std::shared_ptr<const Access>& access)
{
  const auto add = [&](const char* method, const char* path, ApiEndpoint::Handler handler) {
    settings.add(method, path,
                 std::make_unique<ApiEndpoint>(access, Scope::operating, std::move(handler), largest_body));
  };
  add("GET", "/v1/handlers", std::bind_front(&DeliveryApi::list_handlers, this));
  add("POST", "/v1/handlers/{name}/replay", std::bind_front(&DeliveryApi::replay, this));
  add("GET", "/v1/deliveries", std::bind_front(&DeliveryApi::list, this));
  const auto action = [this](DeliveryAction each) {
    return std::bind_front(&DeliveryApi::change, this, each);
  };
  add("POST", "/v1/deliveries/retry", action(DeliveryAction::retry));
  add("POST", "/v1/deliveries/hold", action(DeliveryAction::hold));
  add("POST", "/v1/deliveries/release", action(DeliveryAction::release));
  add("POST", "/v1/deliveries/kill", action(DeliveryAction::kill));
}

Answer DeliveryApi::list_handlers(http::Request request, Client& client)
{
  check(client);
  const Parameters none(request.head.query, {});
  std::function<std::vector<store::HandlerRecord>()> find = [this] {
    return dependencies_.deliveries.handlers();
  };
  const std::vector<store::HandlerRecord> handlers =
      co_await base::run_on(dependencies_.background, std::move(find));
  text::JsonWriter writer;
  writer.begin_object().key("handlers").begin_array();
  for (const store::HandlerRecord& handler : handlers) {
    const auto known = dependencies_.handlers.find(handler.name);
    writer.raw(to_json(handler, known == dependencies_.handlers.end() ? "" : known->second.target));
  }
  writer.end_array();
  co_return http::json_response(std::string(writer.end_object().text()));
}

Answer DeliveryApi::list(http::Request request, Client& client)
{
  check(client);
  const Parameters parameters(request.head.query, {"handler", "state", "query", "after", "limit"});
  store::DeliveryFilter filter{.handler = parameters.text("handler"), .query = parameters.text("query")};
  if (const auto state = parameters.text("state")) filter.state = state_of(*state);
  if (const std::int64_t id = parameters.number("after", 1, INT64_MAX, 0); id > 0) filter.before = id;
  const auto limit = static_cast<std::size_t>(parameters.number("limit", 1, 1'000, 100));
  std::function<std::vector<store::DeliveryRecord>()> find = [&] {
    return dependencies_.deliveries.deliveries(filter, limit);
  };
  const std::vector<store::DeliveryRecord> deliveries =
      co_await base::run_on(dependencies_.background, std::move(find));
  text::JsonWriter writer;
  writer.begin_object().key("deliveries").begin_array();
  for (const store::DeliveryRecord& delivery : deliveries)
    writer.raw(to_json(delivery));
  writer.end_array();
  if (deliveries.size() == limit) writer.key("next").number(deliveries.back().id);
  co_return http::json_response(std::string(writer.end_object().text()));
}

Answer DeliveryApi::change(DeliveryAction action, http::Request request, Client& client)
{
  check(client);
  const JsonBody body(request,
                      {"delivery_id", "handler", "query", "state", "older_than", "reason", "all", "dry_run"});
  const store::DeliveryFilter filter = filter_of(body, dependencies_.clock.now());
  const bool dry_run = body.flag("dry_run");
  const std::string reason = body.text("reason").value_or("");
  if (reason.size() > longest_reason) throw BadRequest("expected at most 1024 bytes", "reason");
  std::function<std::int64_t()> work = [&, this] {
    return store::apply_to_all(dependencies_.deliveries, action, filter, reason, dry_run,
                               dependencies_.clock);
  };
  const std::int64_t count = co_await base::run_on(dependencies_.background, std::move(work));
  co_return count_response(count);
}

Answer DeliveryApi::replay(http::Request request, Client& client)
{
  check(client);
  const std::string name = path_text(request.head.parameters.front());
  if (!dependencies_.handlers.contains(name)) co_return problem(404, "there is no handler with this name");
  const JsonBody body(request, {"since", "dry_run"});
  const base::TimePoint since = time_of(body, "since", dependencies_.clock.now());
  const bool dry_run = body.flag("dry_run");
  std::function<std::int64_t()> work = [&, this] {
    return store::replay_since(dependencies_.deliveries, name, dependencies_.handlers.at(name).match, since,
                               dry_run, dependencies_.clock);
  };
  const std::int64_t count = co_await base::run_on(dependencies_.background, std::move(work));
  co_return count_response(count);
}

} // namespace postbackd::api

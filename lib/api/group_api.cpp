#include "api/group_api.hpp"

#include <fmt/format.h>

#include "api/endpoint.hpp"
#include "api/json.hpp"
#include "api/parameters.hpp"
#include "api/problem.hpp"
#include "api/query_reader.hpp"
#include "text/json.hpp"
#include "text/time.hpp"

namespace postbackd::api
{
namespace
{

using Answer = boost::asio::awaitable<http::Response>;

constexpr std::uint64_t largest_order = 64 << 10;

store::Viewer viewer_of(const Client& client) { return {client.name, client.sees_all}; }

// A day of UTC, in place of what the parameter lacks.
std::string day_of(const Parameters& parameters, const char* name, base::TimePoint otherwise)
{
  const auto given = parameters.text(name);
  if (!given) return text::day_of(otherwise);
  const auto time = text::parse_time(*given + "T00:00:00Z");
  if (!time || text::day_of(*time) != *given) throw BadRequest("expected a day such as 2026-01-31", name);
  return *given;
}

} // namespace

void GroupApi::add_to(http::Settings& settings, const std::shared_ptr<const Access>& access)
{
  using Handler = Answer (GroupApi::*)(http::Request, Client&);
  const auto add = [&](const char* method, const char* path, std::optional<Scope> scope, Handler handler) {
    settings.add(method, path,
                 std::make_unique<ApiEndpoint>(access, scope, std::bind_front(handler, this), largest_order));
  };
  add("POST", "/v1/queries/close", std::nullopt, &GroupApi::close); // its scope depends on what was sent
  add("GET", "/v1/groups", Scope::reading, &GroupApi::list);
  add("GET", "/v1/groups/{name}", Scope::reading, &GroupApi::show);
  add("GET", "/v1/usage", Scope::reading, &GroupApi::usage);
}

Answer GroupApi::close(http::Request request, Client& client)
{
  const bool only_unsent = may_close_only_unsent(client);
  ToClose order = read_queries_to_close(request);
  order.which.only_unsent = only_unsent;
  // Who sees all, and may only submit, takes back its own.
  const store::Viewer viewer{client.name, client.sees_all && !only_unsent};
  std::function<std::int64_t()> close = [&] {
    return dependencies_.store.close_all(order.which, viewer, order.reason, order.dry_run,
                                         dependencies_.clock.now());
  };
  const std::int64_t count = co_await dependencies_.turns.run(client, nullptr, std::move(close));
  co_return http::json_response(fmt::format(R"({{"queries":{}}})", count));
}

Answer GroupApi::list(http::Request request, Client& client)
{
  const Parameters parameters(request.head.query, {"after", "limit"});
  const std::int64_t before = parameters.number("after", 1, INT64_MAX, INT64_MAX);
  const auto limit = static_cast<std::size_t>(parameters.number("limit", 1, 100, 100));
  std::function<std::vector<store::GroupRecord>()> read = [&] {
    return dependencies_.store.groups(viewer_of(client), before, limit);
  };
  const auto groups = co_await dependencies_.turns.run(client, request.caller, std::move(read));
  text::JsonWriter writer;
  writer.begin_object().key("groups").begin_array();
  for (const store::GroupRecord& group : groups)
    writer.raw(to_json(group));
  writer.end_array();
  if (groups.size() == limit) writer.key("next").number(groups.back().id);
  writer.end_object();
  co_return http::json_response(std::string(writer.text()));
}

Answer GroupApi::show(http::Request request, Client& client)
{
  const Parameters parameters(request.head.query, {"client"});
  std::string name = path_text(request.head.parameters.front());
  const std::string owner = parameters.text("client").value_or(client.name);
  std::function<std::optional<store::GroupRecord>()> read = [&] {
    return dependencies_.store.group(viewer_of(client), owner, name);
  };
  const auto group = co_await dependencies_.turns.run(client, request.caller, std::move(read));
  co_return group ? http::json_response(to_json(*group)) : problem(404, "the client has no such group");
}

Answer GroupApi::usage(http::Request request, Client& client)
{
  const Parameters parameters(request.head.query, {"since", "until", "by"});
  const base::TimePoint now = dependencies_.clock.now();
  const std::string by = parameters.text("by").value_or("day");
  if (by != "day" && by != "month") throw BadRequest("expected day or month", "by");
  const store::UsageFilter filter{day_of(parameters, "since", now - std::chrono::days(30)),
                                  day_of(parameters, "until", now), by == "month"};
  std::function<std::vector<store::UsageRecord>()> read = [&] {
    return dependencies_.store.usage(viewer_of(client), filter);
  };
  const auto days = co_await dependencies_.turns.run(client, request.caller, std::move(read));
  text::JsonWriter writer;
  writer.begin_object().key("usage").begin_array();
  for (const store::UsageRecord& each : days)
    writer.raw(to_json(each));
  writer.end_array().end_object();
  co_return http::json_response(std::string(writer.text()));
}

} // namespace postbackd::api

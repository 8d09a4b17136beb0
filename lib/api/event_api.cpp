#include "api/event_api.hpp"

#include <fmt/format.h>

#include "api/endpoint.hpp"
#include "api/openapi.hpp"
#include "api/parameters.hpp"
#include "api/problem.hpp"

namespace postbackd::api
{

using Answer = boost::asio::awaitable<http::Response>;

namespace
{

Answer describe_api(http::Request, Client&)
{
  http::Response response = http::json_response(std::string(openapi_yaml()));
  response.content_type = "application/yaml"; // RFC 9512
  co_return response;
}

http::Response of_another_era(std::int64_t after, std::int64_t parted)
{
  return problem(
      409,
      fmt::format(
          "this store has no event {0}: a backup of it was restored, or it was made anew. Go on after {1}, "
          "the newest event that both have. What was answered since comes again, with other numbers: "
          "tell it by `id`, not by `seq`",
          after, parted),
      "after", {{"next", std::to_string(parted)}});
}

} // namespace

void EventApi::add_to(http::Settings& settings, const std::shared_ptr<const Access>& access)
{
  settings.add(
      "GET", "/v1/events",
      std::make_unique<ApiEndpoint>(access, Scope::reading, std::bind_front(&EventApi::events, this)));
  settings.add("GET", "/v1/openapi.yaml", std::make_unique<ApiEndpoint>(access, std::nullopt, describe_api));
}

Answer EventApi::events(http::Request request, Client& client)
{
  const Parameters parameters(request.head.query,
                              {"after", "limit", "wait", "event", "label", "group", "api", "include"});
  const std::string_view accept = request.head.first("Accept");
  EventStream::Wishes wishes{FeedFilter::of(parameters), parameters.text("include").has_value()};
  if (wishes.results && parameters.text("include") != "result")
    throw BadRequest("expected result", "include");
  const bool latest = parameters.text("after") == "latest";
  std::int64_t after = 0;
  if (latest) {
    const store::QueryStore::Newest newest = co_await feed_.source().newest();
    after = newest.event;
  } else {
    after = parameters.number("after", 0, INT64_MAX, 0);
  }
  const auto limit = static_cast<std::size_t>(parameters.number("limit", 1, 1'000, 100));
  const auto until = parameters.end_of_wait();
  const bool streams = accept.find("text/event-stream") != std::string_view::npos;
  const std::string last(streams ? request.head.first("Last-Event-ID") : "");
  if (!last.empty()) after = Parameters("after=" + last, {"after"}).number("after", 0, INT64_MAX, 0);
  const std::optional<std::int64_t> parted = co_await parted_at(after);
  if (parted) co_return of_another_era(after, *parted);
  if (streams) co_return stream(client, request.caller, after, std::move(wishes));
  std::shared_ptr<void> waiting;
  if (until > Feed::Clock::now()) waiting = take_place_to_wait(client);
  FeedReader reader(feed_, client, request.caller, std::move(wishes.filter));
  FeedPage page = co_await reader.read(after, limit, until);
  if (*client.revoked) throw BadRequest("the client has lost a right", {}, 401);
  const std::vector<std::string> written =
      co_await writer_.write(page, wishes.results, client, request.caller);
  const bool lines = accept.find("application/x-ndjson") != std::string_view::npos;
  std::string text = lines ? "" : R"({"events":[)";
  for (const std::string& event : written)
    text += event + (lines ? "\n" : ",");
  if (!lines && !written.empty()) text.pop_back();
  if (!lines) text += fmt::format(R"(],"next":{}}})", page.next);
  http::Response response = http::json_response(std::move(text));
  if (lines) response.content_type = "application/x-ndjson";
  response.fields = {fmt::format("Postback-Next: {}", page.next)};
  co_return response;
}

// What the feed has in memory has been given out by this store.
boost::asio::awaitable<std::optional<std::int64_t>> EventApi::parted_at(std::int64_t after) const
{
  const FeedMemory& memory = feed_.memory();
  if (after == 0 || (after >= memory.begin() && after <= memory.last())) co_return std::nullopt;
  co_return co_await feed_.source().parted_at(after);
}

http::Response EventApi::stream(Client& client, const http::Caller* caller, std::int64_t after,
                                EventStream::Wishes wishes)
{
  const auto events = std::make_shared<EventStream>(feed_, writer_, client, caller, after, std::move(wishes));
  http::Response response;
  response.content_type = "text/event-stream";
  response.stream = [events] { return events->next(); };
  return response;
}

} // namespace postbackd::api

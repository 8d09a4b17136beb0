#include "api/query_view_api.hpp"

#include "api/endpoint.hpp"
#include "api/json.hpp"
#include "api/parameters.hpp"
#include "api/problem.hpp"
#include "text/json.hpp"
#include "text/time.hpp"

namespace postbackd::api
{
namespace
{

using Answer = boost::asio::awaitable<http::Response>;

std::optional<base::TimePoint> time_of(const Parameters& parameters, const char* name)
{
  const auto given = parameters.text(name);
  if (!given) return std::nullopt;
  const auto time = text::parse_time(*given);
  if (!time) throw BadRequest("expected a time such as 2026-01-31T12:00:00Z", name);
  return time;
}

} // namespace

void QueryViewApi::add_to(http::Settings& settings, const std::shared_ptr<const Access>& access)
{
  using Handler = Answer (QueryViewApi::*)(http::Request, Client&);
  const auto add = [&](const char* path, Handler handler) {
    settings.add("GET", path,
                 std::make_unique<ApiEndpoint>(access, Scope::reading, std::bind_front(handler, this)));
  };
  add("/v1/queries", &QueryViewApi::list);
  add("/v1/queries/{id}", &QueryViewApi::show);
  add("/v1/queries/{id}/story", &QueryViewApi::story);
}

Answer QueryViewApi::list(http::Request request, Client& client)
{
  const Parameters parameters(request.head.query, {"state", "label", "key", "api", "group", "client",
                                                   "receipt", "since", "until", "after", "limit"});
  store::QuerySelection selection;
  if (const auto state = parameters.text("state")) {
    selection.state = model::query_state_of(*state);
    if (!selection.state) throw BadRequest(model::query_state_rule(), "state");
  }
  selection.label = parameters.text("label");
  selection.key = parameters.text("key");
  selection.api = parameters.text("api");
  selection.group = parameters.text("group");
  selection.client = parameters.text("client"); // of others only for who sees all
  if (const std::int64_t receipt = parameters.number("receipt", 1, INT64_MAX, 0); receipt > 0)
    selection.receipt = receipt;
  selection.since = time_of(parameters, "since");
  selection.until = time_of(parameters, "until");
  if (const std::int64_t row = parameters.number("after", 1, INT64_MAX, 0); row > 0) selection.before = row;
  const auto limit = static_cast<std::size_t>(parameters.number("limit", 1, 1'000, 100));
  const std::vector<store::QueryRecord> queries =
      co_await dependencies_.queries.list(std::move(selection), limit, client, request.caller);
  text::JsonWriter writer;
  writer.begin_object().key("queries").begin_array();
  std::size_t bytes = 0;
  std::size_t count = 0;
  while (count < queries.size() && bytes < largest_page) {
    const std::string json = to_json(queries[count++]);
    bytes += json.size();
    writer.raw(json);
  }
  writer.end_array();
  if (count == limit || count < queries.size()) writer.key("next").number(queries[count - 1].row);
  writer.end_object();
  co_return http::json_response(std::string(writer.text()));
}

Answer QueryViewApi::show(http::Request request, Client& client)
{
  const ClientQueries::Query query = co_await dependencies_.queries.find_and_wait(request, client);
  co_return query ? describe(**query) : unknown_query();
}

Answer QueryViewApi::story(http::Request request, Client& client)
{
  const Parameters none(request.head.query, {});
  std::string id = path_text(request.head.parameters.front());
  const ClientQueries::Query query = co_await dependencies_.queries.find(std::move(id), client);
  if (!query) co_return unknown_query();
  std::function<std::string()> read = [&] {
    return to_json(dependencies_.store.story(*query, most_records_of_story + 1));
  };
  std::string json = co_await dependencies_.turns.run(client, request.caller, std::move(read));
  co_return http::json_response(std::move(json));
}

} // namespace postbackd::api

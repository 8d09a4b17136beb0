#include "api/client_queries.hpp"

#include <algorithm>

#include "api/event_stream.hpp"
#include "api/json.hpp"
#include "api/parameters.hpp"
#include "api/problem.hpp"
#include "base/spawn.hpp"

namespace postbackd::api
{

namespace
{

using boost::asio::awaitable;

store::Viewer viewer_of(const Client& client) { return {client.name, client.sees_all}; }

} // namespace

awaitable<ClientQueries::Query> ClientQueries::find(std::string id, const Client& client)
{
  std::function<Query()> read = [&] {
    return dependencies_.queries.find(model::query_name_of(id), viewer_of(client));
  };
  co_return co_await base::run_on(dependencies_.background, std::move(read));
}

awaitable<ClientQueries::Query> ClientQueries::find(store::Enqueued written, const Client& client)
{
  std::function<Query()> read = [&] { return dependencies_.queries.find(written, viewer_of(client)); };
  co_return co_await base::run_on(dependencies_.background, std::move(read));
}

awaitable<std::vector<store::QueryRecord>> ClientQueries::list(store::QuerySelection selection,
                                                               std::size_t most, const Client& client,
                                                               const http::Caller* caller)
{
  std::function<std::vector<store::QueryRecord>()> read = [&] {
    return dependencies_.queries.list(selection, viewer_of(client), most);
  };
  co_return co_await dependencies_.turns.run(client, caller, std::move(read));
}

awaitable<ClientQueries::Query> ClientQueries::find_and_wait(const http::Request& request, Client& client,
                                                             bool names_receipt)
{
  const Parameters parameters = names_receipt ? Parameters(request.head.query, {"wait", "receipt"})
                                              : Parameters(request.head.query, {"wait"});
  const auto until = parameters.end_of_wait();
  const std::string id = path_text(request.head.parameters.front());
  std::shared_ptr<void> waiting;
  for (;;) {
    const std::int64_t position = dependencies_.feed.position();
    Query query = co_await find(id, client);
    if (!query || !waits(**query) || Feed::Clock::now() >= until || dependencies_.feed.stopping())
      co_return query;
    if (!waiting) waiting = take_place_to_wait(client);
    bool has_news = false;
    while (!has_news && Feed::Clock::now() < until && !dependencies_.feed.stopping()) {
      if (*client.revoked) throw BadRequest("the client has lost a right", {}, 401);
      if (request.caller_has_left()) co_return query;
      std::string own_id = (*query)->id();
      has_news = co_await dependencies_.feed.wait_for_end(
          std::move(own_id), position, std::min(until, Feed::Clock::now() + longest_absence));
    }
  }
}

awaitable<void> ClientQueries::note(const Client& client, const char* action,
                                    std::vector<std::string> queries)
{
  if (!dependencies_.audit || queries.empty()) co_return;
  const store::QueryStore::Access access{client.name, action, std::move(queries)};
  const base::Result<void> noted =
      co_await dependencies_.queries.note_access(access, dependencies_.clock.now());
  if (!noted) throw base::Failure(noted.error());
}

http::Response describe(const store::QueryRecord& query, unsigned status)
{
  http::Response response = http::json_response(to_json(query));
  response.status = status;
  return response;
}

http::Response unknown_query() { return problem(404, "there is no query with this id"); }

bool waits(const store::QueryRecord& query)
{
  return !query.receipt && !model::is_given_up(query.state) && !query.erased_at;
}

} // namespace postbackd::api

#include "api/client_queries.hpp"

#include "api/event_stream.hpp"
#include "api/json.hpp"
#include "api/parameters.hpp"
#include "api/problem.hpp"
#include "base/spawn.hpp"

namespace postbackd::api
{

using boost::asio::awaitable;

awaitable<ClientQueries::Record> ClientQueries::find(std::string id, const Client& client)
{
  std::function<Record()> read = [&] { return dependencies_.queries.find(id); };
  Record query = co_await base::run_on(dependencies_.background, std::move(read));
  if (query && !client.sees_all && query->client != client.name) query.reset();
  co_return query;
}

awaitable<ClientQueries::Record> ClientQueries::find_and_wait(const http::RequestHead& head, Client& client)
{
  const Parameters parameters(head.query, {"wait"});
  const auto until = parameters.end_of_wait();
  const std::string id = path_text(head.parameters.front());
  std::optional<Waiting> waiting;
  for (;;) {
    const std::int64_t position = dependencies_.feed.position();
    Record query = co_await find(id, client);
    if (!query || !waits(*query) || Feed::Clock::now() >= until || dependencies_.feed.stopping())
      co_return query;
    if (!waiting) waiting.emplace(client);
    std::string own_id = query->id();
    co_await dependencies_.feed.wait_for_end(std::move(own_id), position, until);
  }
}

awaitable<void> ClientQueries::note(const Client& client, const char* action, std::string query)
{
  if (!dependencies_.audit) co_return;
  const store::QueryStore::Access access{client.name, action, std::move(query)};
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

bool waits(const store::QueryRecord& query) { return !query.receipt && !model::is_given_up(query.state); }

} // namespace postbackd::api

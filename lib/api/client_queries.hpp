#pragma once

#include <optional>

#include "api/client.hpp"
#include "api/feed.hpp"
#include "api/turns.hpp"
#include "base/clock.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "store/query_store.hpp"

namespace postbackd::api
{

// The store's queries as a client sees them: its own, unless it sees all. Runs on the thread of its feed.
class ClientQueries
{
public:
  using Query = std::optional<store::VisibleQuery>;

  // All references must outlive it. `audit`: it notes who reads and erases what.
  struct Dependencies {
    store::QueryStore& queries;
    Feed& feed;
    Turns& turns;
    const base::Clock& clock;
    boost::asio::any_io_executor background;
    bool audit = false;
  };
  explicit ClientQueries(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

  // Finds a query that the client may see, by the id of a path.
  boost::asio::awaitable<Query> find(std::string id, const Client& client);
  // Finds what the client has just written.
  boost::asio::awaitable<Query> find(store::Enqueued written, const Client& client);
  boost::asio::awaitable<std::vector<store::QueryRecord>>
  list(store::QuerySelection selection, std::size_t most, const Client& client, const http::Caller* caller);
  // The same for the first parameter of a path; waits for its end if the request asks for it (`?wait=`), not
  // longer than its caller is there.
  // `names_receipt`: it may also have `?receipt=`.
  boost::asio::awaitable<Query> find_and_wait(const http::Request& request, Client& client,
                                              bool names_receipt = false);
  // Throws base::Failure when it cannot be noted.
  boost::asio::awaitable<void> note(const Client& client, const char* action,
                                    std::vector<std::string> queries);

private:
  Dependencies dependencies_;
};

// Returns a query as JSON.
http::Response describe(const store::QueryRecord& query, unsigned status = 200);
// Returns the answer for an id that is unknown, or another client's.
http::Response unknown_query();
// Returns whether a query has no end yet.
bool waits(const store::QueryRecord& query);

} // namespace postbackd::api

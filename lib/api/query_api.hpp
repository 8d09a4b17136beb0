#pragma once

#include <functional>

#include "api/client.hpp"
#include "api/feed.hpp"
#include "api/problem.hpp"
#include "http/server_state.hpp"
#include "store/delivery_store.hpp"
#include "store/query_store.hpp"

namespace postbackd::api
{

// What applications ask and read (docs/api.md, docs/openapi.yaml). Runs on the thread of its feed.
//   POST /v1/queries               registers a query or submits one
//   POST /v1/hooks                 makes a URL and a secret for one query
//   GET  /v1/queries               lists them
//   GET  /v1/queries/{id}          a query; ?wait= until its end
//   GET  /v1/queries/{id}/result   its document; ?wait=
//   GET  /v1/queries/{id}/body     the bytes as they came
//   POST /v1/queries/{id}/close    gives it up
//   POST /v1/queries/{id}/erase    erases what the store has of it
class QueryApi
{
public:
  // All references must outlive the API.
  struct Dependencies {
    store::QueryStore& queries;
    store::DeliveryStore& documents;
    Feed& feed;
    base::Spool& spool;
    const base::Clock& clock;
    boost::asio::any_io_executor background;
    std::string route;               // of submissions; empty: the platform is not configured
    std::chrono::seconds deadline;   // of queries without one
    std::function<void()> on_queued; // a submission, which will be sent
    std::function<void()> on_served; // a submission, which an equal one answers
    // Returns the hooks string of a correlation; without a route, of the first one. Throws base::Failure.
    std::function<std::string(const std::optional<std::string>& route, const std::string& correlation)> hooks;
    bool audit = false; // notes who reads and erases what
  };
  explicit QueryApi(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

  // Puts its endpoints into the settings, which it must outlive.
  void add_to(http::Settings& settings, const std::shared_ptr<const Access>& access);

private:
  using Answer = boost::asio::awaitable<http::Response>;
  using Record = std::optional<store::QueryRecord>;

  Answer create(http::Request request, Client& client);
  Answer make_hooks(http::Request request, Client& client);
  Answer list(http::Request request, Client& client);
  Answer show(http::Request request, Client& client);
  Answer result(http::Request request, Client& client);
  Answer body(http::Request request, Client& client);
  Answer close(http::Request request, Client& client);
  Answer erase(http::Request request, Client& client);
  // If that is asked for; throws base::Failure when it cannot be noted.
  boost::asio::awaitable<void> note(const Client& client, const char* action, std::string query);

  std::string hooks_of(const std::optional<std::string>& route, const std::string& correlation) const;
  Answer enter(model::Query query);
  Answer submit(model::Submission submission);
  // `waiting` is the status for a new query without a result.
  Answer created(base::Result<store::Enqueued> outcome, unsigned waiting);
  Answer document_of(store::QueryRecord query, bool as_it_came, const http::RequestHead& head);
  // Finds a query that the client may see, and waits for its end if the request asks for it.
  boost::asio::awaitable<Record> find(std::string id, const Client& client);
  boost::asio::awaitable<Record> find_and_wait(const http::RequestHead& head, Client& client);

  Dependencies dependencies_;
};

// Returns a query as JSON.
http::Response describe(const store::QueryRecord& query, unsigned status = 200);
// Returns the answer for an id that is unknown, or another client's.
inline http::Response unknown_query() { return problem(404, "there is no query with this id"); }
// Returns whether a query has no end yet.
inline bool waits(const store::QueryRecord& query)
{
  return !query.receipt && !model::is_given_up(query.state);
}

} // namespace postbackd::api

#pragma once

#include <functional>

#include "api/client_queries.hpp"
#include "base/free_space.hpp"
#include "http/server_state.hpp"

namespace postbackd::api
{

// What applications ask and read (docs/api.md, docs/openapi.yaml). Runs on the thread of its feed.
//   POST /v1/queries               registers a query or submits one
//   POST /v1/hooks                 makes a URL and a secret for one query
//   POST /v1/queries/{id}/close    gives it up, or takes it back before it is sent
//   POST /v1/queries/{id}/erase    erases what the store has of it
class QueryApi
{
public:
  // All references must outlive the API.
  struct Dependencies {
    ClientQueries& queries;
    store::QueryStore& store;
    const base::FreeSpace& space; // nothing is registered below its floor
    const base::Clock& clock;
    Turns& turns;
    std::string route;               // of submissions; empty: the platform is not configured
    std::chrono::seconds deadline;   // of queries without one
    std::function<void()> on_queued; // a submission, which will be sent
    std::function<void()> on_served; // a submission, which an equal one answers
    // Returns the hooks string of a correlation; without a route, of the first one. Throws base::Failure.
    std::function<std::string(const std::optional<std::string>& route, const std::string& correlation)> hooks;
  };
  explicit QueryApi(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

  // Puts its endpoints into the settings, which it must outlive.
  void add_to(http::Settings& settings, const std::shared_ptr<const Access>& access);

private:
  using Answer = boost::asio::awaitable<http::Response>;

  Answer create(http::Request request, Client& client);
  Answer make_hooks(http::Request request, Client& client);
  Answer close(http::Request request, Client& client);
  Answer erase(http::Request request, Client& client);

  http::Response enter_lines(http::Request request, Client& client);
  void check_room() const;
  // Counts a query that the client registers. Throws BadRequest (429).
  void take_row(Client& client) const;
  std::string hooks_of(const std::optional<std::string>& route, const std::string& correlation) const;
  Answer enter(model::Query query, Client& client);
  Answer submit(model::Submission submission, Client& client);
  // `waiting` is the status for a new query without a result.
  Answer created(base::Result<store::Enqueued> outcome, unsigned waiting, Client& client);
  // Describes a query that the client has changed.
  Answer show_again(std::int64_t row, unsigned status, Client& client);

  Dependencies dependencies_;
};

} // namespace postbackd::api

#pragma once

#include "api/client_queries.hpp"
#include "api/turns.hpp"
#include "http/server_state.hpp"
#include "store/query_store.hpp"

namespace postbackd::api
{

// What applications and operators see of queries (docs/api.md). Runs on the thread of its feed.
//   GET /v1/queries             lists them, the newest first
//   GET /v1/queries/{id}        shows one, with `wait` at its end
//   GET /v1/queries/{id}/story  what became of it: its postbacks; for a client that sees all, its deliveries
//                               and their attempts
class QueryViewApi
{
public:
  // All references must outlive the API.
  struct Dependencies {
    ClientQueries& queries;
    store::QueryStore& store;
    Turns& turns;
  };
  explicit QueryViewApi(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

  // Puts its endpoints into the settings, which it must outlive.
  void add_to(http::Settings& settings, const std::shared_ptr<const Access>& access);

private:
  using Answer = boost::asio::awaitable<http::Response>;

  Answer list(http::Request request, Client& client);
  Answer show(http::Request request, Client& client);
  Answer story(http::Request request, Client& client);

  Dependencies dependencies_;
};

} // namespace postbackd::api

#pragma once

#include "api/client_queries.hpp"
#include "http/server_state.hpp"

namespace postbackd::api
{

// Many queries at once (docs/api.md, docs/openapi.yaml). Runs on the thread of its feed.
//   POST /v1/queries/close     gives up, or takes back, by label, group or beginning of the key
//   GET  /v1/groups            the client's groups, the newest first
//   GET  /v1/groups/{name}     one: how many of its queries are in each state
//   GET  /v1/usage             what the client has asked the platform, by day and API
class GroupApi
{
public:
  // All references must outlive the API.
  struct Dependencies {
    store::QueryStore& store;
    const base::Clock& clock;
    Turns& turns;
  };
  explicit GroupApi(Dependencies dependencies) : dependencies_(dependencies) {}

  // Puts its endpoints into the settings, which it must outlive.
  void add_to(http::Settings& settings, const std::shared_ptr<const Access>& access);

private:
  using Answer = boost::asio::awaitable<http::Response>;

  Answer close(http::Request request, Client& client);
  Answer list(http::Request request, Client& client);
  Answer show(http::Request request, Client& client);
  Answer usage(http::Request request, Client& client);

  Dependencies dependencies_;
};

} // namespace postbackd::api

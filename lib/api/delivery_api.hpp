#pragma once

#include <map>

#include "api/client.hpp"
#include "http/server_state.hpp"
#include "store/delivery_control.hpp"

namespace postbackd::api
{

// Handlers and deliveries for the scope `operate` of clients that see all (docs/api.md). Runs on one thread.
//   GET  /v1/handlers                  each handler's circuit breaker and backlog
//   POST /v1/handlers/{name}/replay    delivers past events to it
//   GET  /v1/deliveries                lists them
//   POST /v1/deliveries/{action}       retry, hold, release, kill: changes those that the body selects
class DeliveryApi
{
public:
  // All references must outlive the API.
  struct Dependencies {
    store::DeliveryControl& deliveries;
    const base::Clock& clock;
    boost::asio::any_io_executor background;
    // Of the configuration: `target` is where it hands over, for people.
    struct Handler {
      model::EventMatch match;
      std::string target;
    };
    std::map<std::string, Handler> handlers;
  };
  explicit DeliveryApi(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

  // Puts its endpoints into the settings, which it must outlive.
  void add_to(http::Settings& settings, const std::shared_ptr<const Access>& access);

private:
  using Answer = boost::asio::awaitable<http::Response>;

  Answer list_handlers(http::Request request, Client& client);
  Answer replay(http::Request request, Client& client);
  Answer list(http::Request request, Client& client);
  Answer change(store::DeliveryAction action, http::Request request, Client& client);

  Dependencies dependencies_;
};

} // namespace postbackd::api

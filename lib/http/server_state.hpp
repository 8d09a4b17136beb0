#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/blob.hpp"
#include "base/clock.hpp"
#include "http/answer_counts.hpp"
#include "http/connection_counts.hpp"
#include "http/limits.hpp"
#include "http/network.hpp"
#include "http/refusals.hpp"
#include "http/router.hpp"

namespace postbackd::http
{

struct TlsContext;

// The settings that a reload replaces as a whole. A request keeps the settings with which it began.
struct Settings {
  Limits limits;
  std::vector<std::unique_ptr<Endpoint>> endpoints; // owned, for the router
  Router router;
  // If set, refuses before the routing table is looked at, so that a stranger learns no path. One of the
  // endpoints.
  Endpoint* gate = nullptr;
  // Returns the answer to what no endpoint answers.
  Response (*error)(unsigned status) = error_response;

  // Adds the endpoint to the routing table.
  void add(std::string method, std::string pattern, std::unique_ptr<Endpoint> endpoint)
  {
    router.add(std::move(method), std::move(pattern), *endpoint);
    endpoints.push_back(std::move(endpoint));
  }

  std::shared_ptr<TlsContext> tls; // null: plain HTTP
  std::vector<Network> trusted_proxies;
  std::vector<std::string> origins; // whose pages may call (http/cors.hpp)
};

// The state that all listeners and sessions of a process share.
struct ServerState {
  const base::Clock& clock;
  base::Spool& spool;                      // for bodies
  boost::asio::any_io_executor background; // runs work that may wait for the disk
  Refusals refusals{};
  std::atomic<std::size_t> connections = 0; // open now
  ConnectionCounts counts{};                // by address, if there is a limit per address
  AnswerCounts answers{};
  std::atomic<bool> stopping = false; // no new request is served
};

} // namespace postbackd::http

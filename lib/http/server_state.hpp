#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ssl/context.hpp>

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

// What a reload replaces, as a whole. A request keeps the settings it began with.
struct Settings {
  Limits limits;
  std::vector<std::unique_ptr<Endpoint>> endpoints; // of the router
  Router router;

  // Adds the endpoint to the routing table.
  void add(std::string method, std::string pattern, std::unique_ptr<Endpoint> endpoint)
  {
    router.add(std::move(method), std::move(pattern), *endpoint);
    endpoints.push_back(std::move(endpoint));
  }

  std::shared_ptr<boost::asio::ssl::context> tls; // none: plain HTTP
  std::vector<Network> trusted_proxies;
};

// What all listeners and sessions of a process share.
struct ServerState {
  const base::Clock& clock;
  base::Spool& spool;                      // for bodies
  boost::asio::any_io_executor background; // what may wait for the disk runs there
  Refusals refusals{};
  std::atomic<std::size_t> connections = 0; // open now
  ConnectionCounts counts{};                // by address, where there is a limit for each
  AnswerCounts answers{};
  std::atomic<bool> stopping = false; // no request is begun any more
};

} // namespace postbackd::http

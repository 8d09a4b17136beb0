#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <functional>

#include "admin/metrics.hpp"
#include "admin/status.hpp"
#include "base/free_space.hpp"
#include "http/server_state.hpp"
#include "store/postback_store.hpp"

namespace postbackd::admin
{

// /healthz, /readyz, /metrics and /status, for their own listener: everybody who can connect may read.
class AdminApi
{
public:
  // All references must outlive the API.
  struct Dependencies {
    const http::ServerState& server; // that receives postbacks
    store::PostbackStore& store;
    const base::FreeSpace& free_space;
    const base::Clock& clock;
    const Metrics& metrics;
    const ProcessFacts& process;
    boost::asio::any_io_executor background;
    std::function<void(Status&)> complete; // adds what only the program knows; blocks
  };
  explicit AdminApi(const Dependencies& dependencies) : dependencies_(dependencies) {}

  // Puts its endpoints into the settings; the API must outlive them.
  void add_to(http::Settings& settings);

  // Returns the whole state. With `probes`, it is not ready either if a write does not reach the disk:
  // whoever looks all the time leaves that out, so that an idle daemon writes nothing. On the thread of
  // `process`.
  boost::asio::awaitable<Status> look(bool probes);
  // The same without probes, with a copy of what is known of the process. Any thread; blocks.
  Status look_without_probe(ProcessFacts process) const;

private:
  // Answers 200 while the process runs.
  boost::asio::awaitable<http::Response> health(http::Request request);
  // Answers 200 if a postback would be kept now: a write has just reached the disk, and there is room for
  // more.
  boost::asio::awaitable<http::Response> readiness(http::Request request);
  boost::asio::awaitable<http::Response> metrics(http::Request request);
  boost::asio::awaitable<http::Response> status(http::Request request);

  // Returns why a postback would not be kept now, or an empty text.
  boost::asio::awaitable<std::string> find_obstacle();
  std::string find_obstacle_without_writing() const;
  std::vector<Sample> samples(const ProcessFacts& process) const;
  Status read_status(ProcessFacts process, std::string not_ready) const;

  Dependencies dependencies_;
};

} // namespace postbackd::admin

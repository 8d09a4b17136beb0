#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <atomic>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "configuration.hpp"
#include "http/listener.hpp"
#include "http/server.hpp"
#include "intake/postback_endpoint.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace postbackd
{

// The daemon: builds everything, in this order, and owns start and stop.
class Application
{
public:
  // Opens the store and the listening sockets. Throws base::Failure with a sentence for people.
  explicit Application(Configuration configuration);

  // Runs until SIGTERM or SIGINT, finishes what is in flight, and gives the exit code: 0, or 1 after a failed
  // sync.
  int run();

private:
  // One I/O thread and the listeners on it.
  struct Worker {
    boost::asio::io_context io{1};
    std::vector<std::unique_ptr<http::Listener>> listeners;
  };

  void add_routes();
  void open_listeners();
  void stop(std::string_view why);
  void fail(const base::Error& error);

  Configuration configuration_;
  base::SystemClock clock_;
  std::atomic<bool> failed_ = false;
  std::vector<std::unique_ptr<Worker>> workers_;
  http::Server server_;
  store::sqlite::SqliteStore store_;
  std::vector<std::unique_ptr<intake::PostbackEndpoint>> endpoints_;
  boost::asio::signal_set signals_;
};

// The credentials of a route, read. Throws base::Failure.
intake::Credentials read_credentials(const Configuration::Route& route, const std::filesystem::path& store);

} // namespace postbackd

#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <filesystem>
#include <memory>

#include "admin/admin_api.hpp"
#include "admin/query_api.hpp"
#include "asking.hpp"
#include "base/blob.hpp"
#include "base/clock.hpp"
#include "configuration.hpp"
#include "delivery/dispatcher.hpp"
#include "fanbase_side.hpp"
#include "http/listener.hpp"
#include "http/server.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "upkeep.hpp"
#include "workers.hpp"

namespace postbackd
{

// The daemon: builds everything, in this order, and owns start, reload and stop.
class Application
{
public:
  // Opens the store and the listening sockets. A reload reads `file` again. Throws base::Failure with a
  // sentence for people. `add_kinds` adds kinds of handlers to those that are built in.
  Application(Configuration configuration, std::filesystem::path file,
              const std::function<void(delivery::HandlerRegistry&)>& add_kinds = {});

  // Runs until SIGTERM or SIGINT, finishes what is in flight, and gives the exit code: 0, or 1 after a failed
  // sync.
  int run();

private:
  std::shared_ptr<const http::Settings> make_settings(const Configuration& configuration);
  void open_admin();
  void make_dispatcher();
  boost::asio::awaitable<void> await_signals();
  void reload();
  void stop(std::string_view why);
  void fail(const base::Error& error);
  std::chrono::milliseconds time_to_stop() const;
  std::string status() const;

  Configuration configuration_;
  std::filesystem::path file_;
  base::SystemClock clock_;
  std::atomic<bool> failed_ = false;
  std::chrono::steady_clock::time_point stop_by_{}; // of the thread that calls run()
  Workers workers_;
  base::FreeSpace free_space_;
  base::Spool spool_;
  boost::asio::thread_pool background_{2};
  http::Server server_;
  admin::Metrics metrics_;
  store::sqlite::SqliteStore store_;
  std::unique_ptr<FanbaseSide> fanbase_; // where [fanbase] is enabled
  std::shared_ptr<const http::Settings> settings_;
  admin::AdminApi admin_;
  admin::QueryApi query_api_;
  http::Server admin_server_;
  delivery::HandlerRegistry handler_registry_;
  std::unique_ptr<delivery::Dispatcher> dispatcher_;
  std::atomic<delivery::Dispatcher*> woken_ = nullptr; // by the writer thread
  std::unique_ptr<Asking> asking_;                     // where [platform] is configured
  std::unique_ptr<http::Listener> admin_listener_;
  boost::asio::signal_set signals_;
  Upkeep upkeep_;
};

} // namespace postbackd

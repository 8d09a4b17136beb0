#pragma once

#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>

#include <array>
#include <atomic>
#include <filesystem>
#include <memory>

#include "admin/admin_api.hpp"
#include "admin_listener.hpp"
#include "api_side.hpp"
#include "base/free_space.hpp"
#include "configuration/live_configuration.hpp"
#include "delivery/dispatcher.hpp"
#include "facts.hpp"
#include "fanbase_side.hpp"
#include "leader.hpp"
#include "maintenance.hpp"
#include "observer.hpp"
#include "platform_side.hpp"
#include "sampler.hpp"
#include "store/open.hpp"
#include "wakeup.hpp"
#include "watchdog.hpp"
#include "workers.hpp"

namespace postbackd
{

// The daemon: builds its parts in the order of the members, and owns start, reload and stop.
class Application
{
public:
  // Opens the store and the listening sockets. Throws base::Failure with a readable message.
  explicit Application(const Configuration& configuration);

  // Runs until SIGTERM or SIGINT, finishes the work in flight, and returns the exit code: 0, or 1 after a
  // failure of the store that only a new start can cure.
  int run();

private:
  bool has(Role role) const { return fixed_.roles.contains(role); }
  std::unique_ptr<store::Store> open_store();
  std::shared_ptr<const http::Settings> make_settings(const Reloadable& live);
  void complete(admin::Status& status) const;
  std::shared_ptr<const http::Settings> make_admin_settings();
  std::unique_ptr<ApiSide> make_api();
  std::unique_ptr<delivery::Dispatcher> make_dispatcher();
  boost::asio::awaitable<void> await_signals();
  void reload();
  void stop(std::string_view why);
  void fail(const base::Error& error);
  std::string status() const;

  const Fixed fixed_;
  LiveConfiguration live_;
  const std::filesystem::path file_; // of the configuration; a reload reads it again
  base::SystemClock clock_;
  std::atomic<bool> failed_ = false;
  Workers workers_;
  base::FreeSpace free_space_;
  base::Spool spool_;
  boost::asio::thread_pool background_{2};
  http::ServerState server_;
  admin::Metrics metrics_;
  admin::History history_;
  Facts facts_;
  Wakeup<> wake_dispatcher_;
  Wakeup<const store::CommitGroup&> tell_api_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<FanbaseSide> fanbase_; // if [fanbase] is enabled
  delivery::HandlerRegistry kinds_;
  std::unique_ptr<delivery::Dispatcher> dispatcher_; // with the role deliver
  std::unique_ptr<PlatformSide> platform_;           // with [platform] and the role ask
  std::unique_ptr<ApiSide> api_;                     // with [api]
  Maintenance maintenance_;
  Watchdog watchdog_;
  admin::AdminApi admin_api_;
  Observer observer_;
  Sampler sampler_;
  Leader leader_;
  http::ServerState admin_server_;
  AdminListener admin_listener_;
  boost::asio::signal_set signals_;
  std::vector<base::Service*> services_{&watchdog_, &sampler_, &leader_, &admin_listener_, &workers_};
  base::Deadline stop_by_{}; // one deadline for all services, which stop in parallel
};

} // namespace postbackd

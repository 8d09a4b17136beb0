#include "application.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <signal.h>

#include "base/log.hpp"
#include "base/spawn.hpp"
#include "handlers.hpp"
#include "routes.hpp"
#include "service_manager.hpp"

namespace postbackd
{
namespace
{

namespace asio = boost::asio;
namespace log = base::log;

store::sqlite::SqliteStore::Options store_options(const Configuration& configuration,
                                                  const base::FreeSpace& free_space,
                                                  std::function<void(const base::Error&)> on_fatal,
                                                  std::function<void(const store::Group&)> on_group)
{
  store::sqlite::SqliteStore::Options options;
  options.connection.path = configuration.store.path;
  options.connection.busy_timeout = configuration.store.busy_timeout;
  options.look_back = configuration.store.look_back;
  options.deadline = configuration.deadline;
  options.queue_jobs = configuration.queue_jobs;
  options.queue_bytes = configuration.queue_bytes;
  options.on_fatal = std::move(on_fatal);
  options.on_group = std::move(on_group);
  options.free_space = &free_space;
  return options;
}

} // namespace

Application::Application(Configuration configuration, std::filesystem::path file,
                         const std::function<void(delivery::HandlerRegistry&)>& add_kinds)
    : configuration_(std::move(configuration)), file_(std::move(file)),
      workers_(configuration_.listen.threads),
      free_space_(configuration_.store.path.parent_path(), configuration_.free_space),
      spool_(configuration_.store.path.parent_path(), configuration_.spool, free_space_),
      server_{clock_, spool_, background_.get_executor()},
      store_(store_options(
                 configuration_, free_space_, [this](const base::Error& error) { fail(error); },
                 [this](const store::Group& group) {
                   metrics_.count_group(group);
                   if (delivery::Dispatcher* dispatcher = woken_) dispatcher->wake();
                 }),
             clock_),
      fanbase_(configuration_.fanbase ? std::make_unique<FanbaseSide>(configuration_, store_.fanbase(),
                                                                      clock_, background_.get_executor())
                                      : nullptr),
      settings_(make_settings(configuration_)),
      admin_({server_, store_, free_space_, metrics_, background_.get_executor()}),
      query_api_({store_.questions(), store_.deliveries(), spool_, clock_, background_.get_executor(),
                  configuration_.platform ? configuration_.platform->route : "", configuration_.deadline,
                  [this] {
                    if (asking_) asking_->asker().wake();
                  }}),
      admin_server_{clock_, spool_, background_.get_executor()}, signals_(workers_.first()),
      upkeep_(workers_.first(), store_, clock_, server_.stopping)
{
  ::signal(SIGPIPE, SIG_IGN);
  upkeep_.set_keep(configuration_.store.keep);
  if (fanbase_) upkeep_.set_objects(store_.fanbase(), background_.get_executor());
  workers_.listen(configuration_.listen, server_, settings_);
  open_admin();
  add_built_in_handlers(handler_registry_, clock_, &store_.fanbase());
  if (add_kinds) add_kinds(handler_registry_);
  make_dispatcher();
  if (configuration_.platform)
    asking_ =
        std::make_unique<Asking>(configuration_, Asking::Surroundings{store_, store_.questions(), spool_,
                                                                      clock_, background_.get_executor()});
}

std::shared_ptr<const http::Settings> Application::make_settings(const Configuration& configuration)
{
  auto settings = std::make_shared<http::Settings>();
  settings->limits = configuration.limits;
  settings->tls = tls_context(configuration);
  settings->trusted_proxies = configuration.listen.trusted_proxies;
  if (fanbase_) fanbase_->add_to(*settings);
  add_routes(*settings, configuration, {store_, free_space_, background_.get_executor(), {}}, metrics_);
  return settings;
}

// On the first thread, whatever the others do.
void Application::open_admin()
{
  const Configuration::Admin& admin = configuration_.admin;
  if (admin.socket.empty() && !admin.port) return;
  auto settings = std::make_shared<http::Settings>();
  admin_.add_to(*settings);
  // A port is open to everybody on the machine.
  if (!admin.socket.empty()) query_api_.add_to(*settings);
  asio::io_context& io = workers_.first();
  http::Acceptor acceptor =
      admin.port ? http::listen(io, "127.0.0.1", *admin.port) : http::listen_local(io, admin.socket.string());
  log::info("admin",
            {{"socket", admin.socket.string()}, {"port", http::address_of(acceptor.local_endpoint()).port}});
  admin_listener_ =
      std::make_unique<http::Listener>(io, std::move(acceptor), admin_server_, std::move(settings));
}

void Application::make_dispatcher()
{
  delivery::Dispatcher::Options options;
  options.lock = configuration_.store.path.string() + "-dispatcher";
  options.jitter = [generator = std::mt19937(std::random_device()())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(generator);
  };
  options.on_open = [this] {
    upkeep_.set_tidies(true);
    if (asking_) asking_->asker().start();
  };
  options.on_attempt = [this](const std::string& handler, const std::string& outcome,
                              std::chrono::nanoseconds took) {
    metrics_.count_attempt(handler, outcome, took);
  };
  dispatcher_ = std::make_unique<delivery::Dispatcher>(
      handler_configurations(configuration_, handler_registry_, false), handler_registry_,
      store_.deliveries(), spool_, clock_, std::move(options));
  if (!configuration_.handlers.empty()) woken_ = dispatcher_.get(); // else the clock is enough
}

int Application::run()
{
  base::spawn(workers_.first().get_executor(), "await_signals", await_signals());
  if (const auto period = service_manager::watchdog_period();
      period && configuration_.store.busy_timeout > *period)
    log::warning("configuration",
                 {{"what", "[store] busy_timeout is above half of WatchdogSec: a locked file would "
                           "look like a hung daemon"}});
  upkeep_.start();
  dispatcher_->start();
  if (admin_listener_) admin_listener_->start();
  log::info("started", {{"store", configuration_.store.path.string()},
                        {"routes", configuration_.routes.size()},
                        {"handlers", configuration_.handlers.size()}});
  service_manager::tell_ready(status());
  workers_.run();
  const bool handlers_ended = dispatcher_->stop(time_to_stop());
  if (asking_) asking_->asker().stop(time_to_stop());
  log::info("stopped", {{"answered", server_.answered.load()}, {"refused", server_.refusals.total()}});
  if (!handlers_ended) {
    log::error("handler_hangs",
               {{"consequence", "the process ends without it; its delivery runs again at the next start"}});
    std::_Exit(failed_ ? 1 : 0);
  }
  woken_ = nullptr;
  return failed_ ? 1 : 0;
}

std::string Application::status() const
{
  return fmt::format("Receiving on {}, {} route(s)", fmt::join(workers_.addresses(), ", "),
                     configuration_.routes.size());
}

asio::awaitable<void> Application::await_signals()
{
  for (int number : {SIGTERM, SIGINT, SIGHUP})
    signals_.add(number);
  while (!server_.stopping) {
    boost::system::error_code error;
    const int number = co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    if (number == SIGHUP)
      reload();
    else
      stop(number == SIGTERM ? "SIGTERM" : "SIGINT");
  }
}

// Routes, credentials, limits and the log level; a wrong new file changes nothing. What is bound to the
// process (store, sockets, threads) is not read again.
void Application::reload()
{
  service_manager::tell_reloading();
  try {
    Configuration fresh = load_configuration(file_);
    auto settings = make_settings(fresh);
    configuration_.routes = std::move(fresh.routes);
    configuration_.limits = fresh.limits;
    // What the running look_back still needs stays.
    upkeep_.set_keep(fresh.store.keep ? std::optional(std::max<std::chrono::milliseconds>(
                                            *fresh.store.keep, configuration_.store.look_back))
                                      : std::nullopt);
    spool_.use(fresh.spool);
    free_space_.set_floor(fresh.free_space);
    log::configure(fresh.log_level);
    settings_ = std::move(settings);
    workers_.use(settings_);
    if (needs_restart(configuration_, fresh))
      log::warning("configuration", {{"what", "[store], [listen], [queries], [admin], [platform], [fanbase], "
                                              "[[handler]] or [limits] queue changed: restart for it"}});
    log::info("reloaded", {{"routes", configuration_.routes.size()}});
    service_manager::tell_ready(status());
  } catch (const std::exception& e) {
    log::error("not_reloaded", {{"why", e.what()}, {"consequence", "the old configuration stays"}});
    service_manager::tell_ready(status() + "; NOT reloaded: " + std::string(e.what()).substr(0, 200));
  }
}

// One time for all of it: they stop side by side.
std::chrono::milliseconds Application::time_to_stop() const
{
  const auto left = stop_by_ - std::chrono::steady_clock::now();
  return std::max(std::chrono::milliseconds(0), std::chrono::duration_cast<std::chrono::milliseconds>(left));
}

// On any thread. What is in flight is finished; then every io_context runs out of work.
void Application::stop(std::string_view why)
{
  if (server_.stopping.exchange(true)) return;
  log::info("stopping", {{"why", why}});
  service_manager::tell_stopping();
  asio::post(workers_.first(), [this] {
    stop_by_ = std::chrono::steady_clock::now() + configuration_.limits.stop_timeout;
    dispatcher_->begin_stop();
    if (asking_) asking_->asker().begin_stop();
    signals_.cancel();
    admin_server_.stopping = true;
    if (admin_listener_) admin_listener_->stop(configuration_.limits.stop_timeout);
    upkeep_.stop();
    workers_.stop(configuration_.limits.stop_timeout);
  });
}

// On the writer thread: what the file holds is no longer known. A new process starts from what is on disk.
void Application::fail(const base::Error& error)
{
  log::error("sync_failed",
             {{"why", error.message}, {"consequence", "the process ends and is to be started again"}});
  failed_ = true;
  stop("a failed sync");
}

} // namespace postbackd

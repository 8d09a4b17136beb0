#include "application.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <random>
#include <signal.h>

#include "base/log.hpp"
#include "base/spawn.hpp"
#include "configuration/known_store.hpp"
#include "handlers.hpp"
#include "http/tls.hpp"
#include "routes.hpp"
#include "service_manager.hpp"
#include "store_options.hpp"

namespace postbackd
{

namespace asio = boost::asio;
namespace log = base::log;

Application::Application(const Configuration& configuration)
    : fixed_(configuration.fixed), live_(configuration.live), file_(configuration.file),
      workers_(fixed_.listen.threads), free_space_(fixed_.store.directory(), live_.get()->free_space),
      spool_(fixed_.store.directory(), live_.get()->spool, free_space_), server_{clock_, spool_,
                                                                                 background_.get_executor()},
      facts_(configuration, clock_.now()), store_(open_store()),
      fanbase_(fixed_.fanbase ? std::make_unique<FanbaseSide>(fixed_, store_->fanbase(), clock_,
                                                              background_.get_executor())
                              : nullptr),
      dispatcher_(make_dispatcher()),
      platform_(fixed_.platform && has(Role::ask)
                    ? std::make_unique<PlatformSide>(
                          fixed_, live_,
                          PlatformSide::Dependencies{*store_, spool_, clock_, background_.get_executor()})
                    : nullptr),
      api_(make_api()),
      maintenance_(workers_.first(), background_.get_executor(), *store_, clock_, fixed_, live_),
      watchdog_(workers_.first(), store_->postbacks(), clock_),
      admin_api_({server_, store_->postbacks(), free_space_, clock_, metrics_, facts_.process,
                  background_.get_executor(), [this](admin::Status& status) { complete(status); }}),
      observer_(workers_.first(), {admin_api_, server_.refusals, store_->watch(), clock_,
                                   background_.get_executor(), facts_.process.source, has(Role::keep)}),
      sampler_(workers_.first(), {metrics_, server_.refusals, clock_, history_}),
      leader_(store_->leadership(), [this](const base::Error& error) { fail(error); }),
      admin_server_{clock_, spool_, background_.get_executor()},
      admin_listener_(workers_.first(), fixed_.admin, admin_server_, make_admin_settings()),
      signals_(workers_.first())
{
  if (api_) services_.push_back(api_.get());
  if (dispatcher_) leader_.add(store::Duty::deliver, *dispatcher_);
  if (platform_) leader_.add(store::Duty::ask, platform_->submitter());
  if (has(Role::keep)) {
    leader_.add(store::Duty::keep, maintenance_);
    leader_.add(store::Duty::keep, observer_);
  } else {
    services_.push_back(&observer_);
  }
  if (has(Role::receive)) {
    const auto settings = make_settings(*live_.get());
    workers_.listen(fixed_.listen, server_, settings);
    facts_.note(*settings);
  }
  facts_.process.addresses = workers_.addresses();
}

std::unique_ptr<store::Store> Application::open_store()
{
  store::StoreOptions options = store_options(fixed_);
  options.has_room = [this](std::uint64_t bytes) { return free_space_.check(bytes); };
  options.on_fatal = [this](const base::Error& error) { fail(error); };
  options.on_group = [this](const store::CommitGroup& group) {
    metrics_.count_group(group);
    wake_dispatcher_();
    tell_api_(group);
  };
  options.on_others = [this] {
    wake_dispatcher_();
    tell_api_({.jobs = 0, .waited = {}, .commit = {}});
  };
  const KnownStore known(file_, options.text());
  options.why_not_made = known.why_not_made(fixed_.store.create);
  auto store = store::open(std::move(options));
  known.take(store->id());
  if (!fixed_.store.url.empty() && has(Role::receive))
    agree_on_query_keys(*store, *live_.get(), fixed_.store.path);
  share_query_key(fixed_.store.path);
  return store;
}

std::shared_ptr<const http::Settings> Application::make_settings(const Reloadable& live)
{
  auto settings = std::make_shared<http::Settings>();
  settings->limits = live.limits;
  settings->tls = tls_context(live);
  settings->trusted_proxies = live.trusted_proxies;
  if (fanbase_) fanbase_->add_to(*settings);
  add_routes(*settings, live, fixed_.store.path,
             {store_->postbacks(), free_space_, clock_, background_.get_executor(), {}}, metrics_);
  return settings;
}

void Application::complete(admin::Status& status) const
{
  status.changed_credentials = facts_.changed_credentials();
  if (dispatcher_) status.unusable_handlers = dispatcher_->unusable();
  if (platform_) platform_->complete(status.process);
}

std::unique_ptr<ApiSide> Application::make_api()
{
  if (fixed_.api.socket.empty() && !fixed_.api.port) return nullptr;
  ApiSide::Dependencies needs{*store_, clock_, {}, {}, {}, {}};
  needs.on_queued = [this] {
    if (platform_) platform_->submitter().wake();
  };
  needs.on_served = [this] { metrics_.count_served_submission(); };
  needs.status = [this] { return to_json(admin_api_.look_without_probe(facts_.copy(workers_.first()))); };
  needs.history = [this](std::chrono::seconds time) { return history_.json(time, clock_.now()); };
  return std::make_unique<ApiSide>(fixed_, live_, needs);
}

std::shared_ptr<const http::Settings> Application::make_admin_settings()
{
  auto settings = std::make_shared<http::Settings>();
  settings->limits.stop_timeout = live_.get()->limits.stop_timeout;
  admin_api_.add_to(*settings);
  return settings;
}

std::unique_ptr<delivery::Dispatcher> Application::make_dispatcher()
{
  const bool delivers = has(Role::deliver);
  add_handler_kinds(kinds_, clock_, delivers ? prepare_messages(fixed_.store.path) : "", &store_->fanbase());
  if (!delivers) return nullptr;
  delivery::Dispatcher::Options options;
  options.jitter = [generator = std::mt19937(std::random_device()())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(generator);
  };
  options.on_attempt = std::bind_front(&admin::Metrics::count_attempt, &metrics_);
  return std::make_unique<delivery::Dispatcher>(handler_configurations(fixed_.handlers), kinds_,
                                                store_->deliveries(), spool_, clock_, std::move(options));
}

int Application::run()
{
  // From here on no signal ends the process by itself, also before the workers run.
  for (int number : {SIGTERM, SIGINT, SIGHUP})
    signals_.add(number);
  base::spawn(workers_.first().get_executor(), "await_signals", await_signals());
  if (const auto period = service_manager::watchdog_period(); period && fixed_.store.busy_timeout > *period)
    log::warning("configuration",
                 {{"what", "[store] busy_timeout is more than half of WatchdogSec: a locked file "
                           "would look like a hung daemon"}});
  if (has(Role::ask) && !fixed_.platform) store_->submissions().rest_recoveries();
  if (api_) tell_api_.set([this](const store::CommitGroup& group) { api_->note(group); });
  if (dispatcher_ && !fixed_.handlers.empty()) wake_dispatcher_.set([this] { dispatcher_->wake(); });
  for (base::Service* service : services_)
    service->start();
  log::info("started", {{"store", fixed_.store.address().text()},
                        {"routes", live_.get()->routes.size()},
                        {"handlers", fixed_.handlers.size()}});
  service_manager::tell_ready(status());
  workers_.run();
  bool ended = true;
  for (base::Service* service : services_)
    ended = service->stop(stop_by_) && ended;
  log::info("stopped", {{"answered", server_.answers.good()}, {"refused", server_.refusals.total()}});
  if (!ended) {
    log::error("handler_hangs",
               {{"consequence", "the process ends without it; its delivery runs again at the next start"}});
    std::_Exit(failed_ ? 1 : 0);
  }
  wake_dispatcher_.set({});
  tell_api_.set({});
  return failed_ ? 1 : 0;
}

std::string Application::status() const
{
  return has(Role::receive) ? fmt::format("Receiving on {}, {} route(s)",
                                          fmt::join(workers_.addresses(), ", "), live_.get()->routes.size())
                            : std::string("Not receiving (see its roles)");
}

asio::awaitable<void> Application::await_signals()
{
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

// Applies the reloadable part of the file; a wrong file changes nothing.
void Application::reload()
{
  service_manager::tell_reloading();
  try {
    Configuration fresh = load_configuration(file_, &kinds_);
    const auto settings = has(Role::receive) ? make_settings(fresh.live) : nullptr;
    if (api_) api_->use(fresh.live); // the last that can fail
    if (settings) {
      workers_.use(settings);
      facts_.note(*settings);
    }
    spool_.use(fresh.live.spool);
    free_space_.set_floor(fresh.live.free_space);
    log::configure(fresh.live.log_level, fresh.live.log_json);
    facts_.note_reload(fresh, clock_.now());
    live_.set(std::move(fresh.live));
    log::info("reloaded", {{"routes", live_.get()->routes.size()}});
    service_manager::tell_ready(status());
  } catch (const std::exception& e) {
    log::error("not_reloaded", {{"why", e.what()}, {"consequence", "the old configuration stays"}});
    facts_.process.reload_error = e.what();
    service_manager::tell_ready(status() + "; NOT reloaded: " + std::string(e.what()).substr(0, 200));
  }
}

// Any thread. Work in flight is finished; then every io_context runs out of work.
void Application::stop(std::string_view why)
{
  if (server_.stopping.exchange(true)) return;
  log::info("stopping", {{"why", why}});
  service_manager::tell_stopping();
  asio::post(workers_.first(), [this] {
    stop_by_ = std::chrono::steady_clock::now() + live_.get()->limits.stop_timeout;
    signals_.cancel();
    for (base::Service* service : services_)
      service->begin_stop();
  });
}

void Application::fail(const base::Error& error)
{
  log::error("store_failed", {{"why", error.message}, {"consequence", "the process ends: start it again"}});
  failed_ = true;
  stop("the store failed");
}

} // namespace postbackd

#include "api_side.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <pthread.h>

#include "api/problem.hpp"
#include "base/log.hpp"
#include "configuration/api_clients.hpp"
#include "configuration/query_hooks.hpp"
#include "descriptors.hpp"
#include "routes.hpp"
#include "service_manager.hpp"

namespace postbackd
{
namespace
{

// Of a client, beside those that wait.
constexpr std::size_t other_connections = 64;

using api::Access;
using api::Client;
using api::Scope;

api::Scope scope_of(const std::string& word)
{
  return word == "register" ? Scope::registering
         : word == "submit" ? Scope::submitting
         : word == "read"   ? Scope::reading
                            : Scope::operating;
}

// Whoever may open the socket.
std::shared_ptr<const Access> local_access()
{
  const auto client = std::make_shared<Client>();
  client->name = "local";
  client->scopes = {Scope::registering, Scope::submitting, Scope::reading, Scope::operating};
  client->sees_all = true;
  client->connections = api::Quota(10'000);
  client->waiting = api::Quota(10'000);
  client->downloads = api::Quota(1'000);
  client->unsent = api::Quota(64 << 20);
  client->rows = api::DailyQuota(SIZE_MAX);
  client->requests = base::RateLimit(1'000'000, std::chrono::seconds(1));
  return std::make_shared<const Access>(client);
}

std::shared_ptr<Access> token_access(const Reloadable& live)
{
  std::vector<std::shared_ptr<Client>> clients;
  std::vector<std::vector<base::Secret>> tokens = read_tokens(live, false);
  for (const Reloadable::ApiClient& one : live.api_clients) {
    const auto client = std::make_shared<Client>();
    client->name = one.name;
    for (const std::string& scope : one.scopes)
      client->scopes.insert(scope_of(scope));
    client->sees_all = one.sees_all;
    client->connections = api::Quota(one.connections.value_or(one.waiting + other_connections));
    client->waiting = api::Quota(one.waiting);
    client->downloads = api::Quota(one.downloads);
    client->unsent = api::Quota(one.unsent);
    client->rows = api::DailyQuota(one.rows_per_day);
    client->budget = one.budget;
    client->requests = base::RateLimit(one.requests_per_second, std::chrono::seconds(1));
    client->tokens = std::move(tokens[clients.size()]);
    clients.push_back(client);
  }
  return std::make_shared<Access>(std::move(clients));
}

std::map<std::string, model::EventMatch> matches_of(const std::vector<HandlerSettings>& handlers)
{
  std::map<std::string, model::EventMatch> matches;
  for (const HandlerSettings& handler : handlers)
    matches.emplace(handler.configuration.options.name, handler.configuration.match);
  return matches;
}

} // namespace

ApiSide::ApiSide(const Fixed& fixed, const LiveConfiguration& live, const Dependencies& dependencies)
    : fixed_(fixed), live_(live), space_(fixed.store.directory(), floor_of(*live.get())),
      spool_(fixed.store.directory(), live.get()->spool, space_),
      work_(io_.get_executor()), port_server_{dependencies.clock, spool_, background_.get_executor()},
      local_server_{dependencies.clock, spool_, background_.get_executor()},
      feed_(io_, dependencies.store.queries(), background_.get_executor()),
      turns_(background_.get_executor()),
      queries_({dependencies.store.queries(), feed_, turns_, dependencies.clock, lookups_.get_executor(),
                fixed.api.audit.has_value()}),
      query_api_({queries_, dependencies.store.queries(), space_, dependencies.clock, turns_,
                  fixed.platform ? fixed.platform->route : "", fixed.deadline, dependencies.on_queued,
                  dependencies.on_served, std::bind_front(&ApiSide::hooks_of, this)}),
      group_api_({dependencies.store.queries(), dependencies.clock, turns_}),
      result_api_({queries_, dependencies.store.queries(), turns_}),
      event_api_(feed_, {dependencies.store.queries(), queries_, turns_}),
      delivery_api_({dependencies.store.delivery_control(), dependencies.clock, background_.get_executor(),
                     matches_of(fixed.handlers)})
{
  const Fixed::Api& api = fixed.api;
  const auto now = live.get();
  if (!api.socket.empty()) {
    local_ = std::make_unique<http::Listener>(io_, http::listen_local(io_, api.socket.string()),
                                              local_server_, make_settings(*now, local_access(), false));
    base::log::info("api", {{"socket", api.socket.string()}});
  }
  const auto inherited = service_manager::inherited_api_socket();
  if (inherited && !api.port)
    base::log::warning("api_socket_unused",
                       {{"what", "postbackd-api.socket is active, and [api] port is not set"}});
  if (!api.port) return;
  http::Acceptor acceptor =
      inherited ? http::adopt(io_, *inherited)
                : in_table("[api]", " port", [&] { return http::listen(io_, api.address, *api.port); });
  const http::Address address = http::address_of(acceptor.local_endpoint());
  if (inherited && !boost::asio::ip::make_address(address.ip).is_loopback() && !now->api_certificate &&
      !api.insecure)
    throw base::Failure(
        base::Errc::invalid,
        fmt::format("[api]: postbackd-api.socket listens on {}, where tokens would be sent in clear "
                    "text: set tls (or insecure = true, if something before it encrypts them)",
                    address.ip));
  base::log::info("api", {{"address", address.ip}, {"port", address.port}});
  access_ = token_access(*now);
  port_ = std::make_unique<http::Listener>(io_, std::move(acceptor), port_server_,
                                           make_settings(*now, access_, true));
}

ApiSide::~ApiSide()
{
  if (!thread_.joinable()) return;
  io_.stop();
  thread_.join();
}

std::shared_ptr<const http::Settings> ApiSide::make_settings(const Reloadable& live,
                                                             std::shared_ptr<const Access> access, bool tls)
{
  auto settings = std::make_shared<http::Settings>();
  settings->limits = live.limits;
  settings->limits.connections_per_address = 0; // clients are limited by their tokens
  settings->limits.connections = connections_of_api(live.limits.connections);
  if (tls) settings->tls = api_tls_context(live);
  query_api_.add_to(*settings, access);
  group_api_.add_to(*settings, access);
  result_api_.add_to(*settings, access);
  event_api_.add_to(*settings, access);
  delivery_api_.add_to(*settings, access);
  settings->origins = live.api_origins;
  settings->error = api::problem_of;
  settings->gate = settings->endpoints.front().get();
  return settings;
}

void ApiSide::use(const Reloadable& live)
{
  std::shared_ptr<Access> access = port_ ? token_access(live) : nullptr;
  auto settings = port_ ? make_settings(live, access, true) : nullptr;
  space_.set_floor(floor_of(live));
  spool_.use(live.spool);
  if (!port_) return;
  boost::asio::post(io_, [this, access, settings] {
    access->succeed(*access_);
    access_ = access;
    port_->use(settings);
    feed_.wake_all();
  });
}

std::string ApiSide::hooks_of(const std::optional<std::string>& route, const std::string& correlation) const
{
  const auto live = live_.get();
  return postbackd::hooks_of(*live, fixed_.store.path, route.value_or(live->routes.front().path), correlation,
                             model::HooksForm::postbacksecret);
}

void ApiSide::start()
{
  feed_.start();
  for (const auto& listener : {local_.get(), port_.get()})
    if (listener) listener->start();
  thread_ = std::thread([this] { io_.run(); });
  pthread_setname_np(thread_.native_handle(), "api");
}

void ApiSide::begin_stop()
{
  port_server_.stopping = true;
  local_server_.stopping = true;
  boost::asio::post(io_, [this] {
    feed_.stop();
    for (const auto& listener : {local_.get(), port_.get()})
      if (listener) listener->stop(live_.get()->limits.stop_timeout);
    work_.reset();
  });
}

// Its connections end at their own time.
bool ApiSide::stop(base::Deadline)
{
  if (thread_.joinable()) thread_.join();
  return true;
}

} // namespace postbackd

#include "api_side.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <pthread.h>

#include "api/gate.hpp"
#include "api/problem.hpp"
#include "base/host_name.hpp"
#include "base/log.hpp"
#include "clients.hpp"
#include "configuration/query_hooks.hpp"
#include "descriptors.hpp"
#include "routes.hpp"
#include "service_manager.hpp"

namespace postbackd
{
namespace
{

using api::Access;

// Where a handler hands over: a program, a file, or a host. The rest of a URL or a command may be a secret.
std::string target_of(const delivery::HandlerOptions& options)
{
  for (const char* key : {"command", "path"})
    if (const std::string word = options.text(key); !word.empty()) return word;
  const std::string url = options.text("url");
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return {};
  const std::string authority = url.substr(scheme + 3, url.find_first_of("/?#", scheme + 3) - (scheme + 3));
  return url.substr(0, scheme + 3) + authority.substr(authority.rfind('@') + 1);
}

std::map<std::string, api::DeliveryApi::Dependencies::Handler>
handlers_of(const std::vector<HandlerSettings>& handlers)
{
  std::map<std::string, api::DeliveryApi::Dependencies::Handler> known;
  for (const auto& [configuration, secrets, where] : handlers)
    known[configuration.options.name] = {configuration.match, target_of(configuration.options)};
  return known;
}

// Where browsers find the page; an empty text if that is something before us, which encrypts.
std::string page_url(const http::Acceptor& acceptor, bool tls)
{
  const http::Address address = http::address_of(acceptor.local_endpoint());
  const auto ip = boost::asio::ip::make_address(address.ip);
  if (!tls && !ip.is_loopback()) return {};
  const std::string host = ip.is_unspecified() ? base::host_name()
                           : ip.is_v6()        ? "[" + address.ip + "]"
                                               : address.ip;
  return fmt::format("{}://{}:{}/", tls ? "https" : "http", host, address.port);
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
      query_view_api_({queries_, dependencies.store.queries(), turns_}),
      group_api_({dependencies.store.queries(), dependencies.clock, turns_}),
      result_api_({queries_, dependencies.store.queries(), turns_}),
      event_api_(feed_, {dependencies.store.queries(), queries_, turns_}),
      delivery_api_({dependencies.store.delivery_control(), dependencies.clock, background_.get_executor(),
                     handlers_of(fixed.handlers)}),
      watch_api_({dependencies.store.watch(), dependencies.clock, turns_, dependencies.status,
                  dependencies.history}),
      local_client_(make_local_client())
{
  const Fixed::Api& api = fixed.api;
  const auto now = live.get();
  auto acceptor = open_port(*now);
  if (api.page) page_ = std::make_unique<api::Page>();
  const bool tls = now->api_certificate.has_value();
  sessions_ = std::make_shared<api::Sessions>(tls);
  std::optional<std::string> url;
  if (page_ && acceptor) url = page_url(*acceptor, tls);
  session_api_ = std::make_unique<api::SessionApi>(*sessions_, url, tls);
  if (!api.socket.empty()) {
    local_ = std::make_unique<http::Listener>(
        io_, http::listen_local(io_, api.socket.string()), local_server_,
        make_settings(*now, std::make_shared<const Access>(local_client_), false));
    base::log::info("api", {{"socket", api.socket.string()}});
  }
  if (!acceptor) return;
  access_ = token_access(*now);
  port_ = std::make_unique<http::Listener>(io_, std::move(*acceptor), port_server_,
                                           make_settings(*now, access_, true));
}

// Returns nothing if [api] has no port.
std::optional<http::Acceptor> ApiSide::open_port(const Reloadable& live)
{
  const Fixed::Api& api = fixed_.api;
  const auto inherited = service_manager::inherited_api_socket();
  if (inherited && !api.port)
    base::log::warning("api_socket_unused",
                       {{"what", "postbackd-api.socket is active, and [api] port is not set"}});
  if (!api.port) return std::nullopt;
  http::Acceptor acceptor =
      inherited ? http::adopt(io_, *inherited)
                : in_table("[api]", " port", [&] { return http::listen(io_, api.address, *api.port); });
  const http::Address address = http::address_of(acceptor.local_endpoint());
  if (inherited && !boost::asio::ip::make_address(address.ip).is_loopback() && !live.api_certificate &&
      !api.insecure)
    throw base::Failure(
        base::Errc::invalid,
        fmt::format("[api]: postbackd-api.socket listens on {}, where tokens would be sent in clear "
                    "text: set tls (or insecure = true, if something before it encrypts them)",
                    address.ip));
  base::log::info("api", {{"address", address.ip}, {"port", address.port}});
  return acceptor;
}

std::shared_ptr<Access> ApiSide::token_access(const Reloadable& live) const
{
  Access::Page page;
  if (page_) page = {sessions_, local_client_};
  return std::make_shared<Access>(clients_of(live), std::move(page));
}

ApiSide::~ApiSide()
{
  if (!thread_.joinable()) return;
  io_.stop();
  thread_.join();
}

std::shared_ptr<const http::Settings>
ApiSide::make_settings(const Reloadable& live, std::shared_ptr<const Access> access, bool is_port)
{
  auto settings = std::make_shared<http::Settings>();
  settings->limits = live.limits;
  settings->limits.connections_per_address = 0; // clients are limited by their tokens
  settings->limits.connections = connections_of_api(live.limits.connections);
  if (is_port) settings->tls = api_tls_context(live);
  query_api_.add_to(*settings, access);
  query_view_api_.add_to(*settings, access);
  group_api_.add_to(*settings, access);
  result_api_.add_to(*settings, access);
  event_api_.add_to(*settings, access);
  delivery_api_.add_to(*settings, access);
  watch_api_.add_to(*settings, access);
  if (!is_port) session_api_->add_to_socket(*settings, access);
  if (is_port && page_) {
    page_->add_to(*settings);
    session_api_->add_to_port(*settings, access);
  }
  settings->origins = live.api_origins;
  settings->error = api::problem_of;
  settings->endpoints.push_back(std::make_unique<api::Gate>(access));
  settings->gate = settings->endpoints.back().get();
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

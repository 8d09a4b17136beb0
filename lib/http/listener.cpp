#include "http/listener.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <unistd.h>

#include "base/spawn.hpp"
#include "http/session.hpp"

namespace postbackd::http
{
namespace
{

namespace asio = boost::asio;
using boost::system::error_code;

// How long to stop accepting when the process has no descriptor left.
constexpr std::chrono::milliseconds descriptor_pause{100};

// At a stop, the time for a new connection's first request, which may already be on its way.
constexpr std::chrono::milliseconds fresh_connection_time{1'000};

// Returns the interval of deadline checks: a quarter of the shortest timeout, within 10 to 500 ms.
std::chrono::milliseconds watch_period(const Limits& limits)
{
  const auto shortest = std::min({limits.header_timeout, limits.body_timeout, limits.idle_timeout});
  return std::clamp(shortest / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(500));
}

} // namespace

Listener::Listener(asio::io_context& io, Acceptor acceptor, ServerState& server,
                   std::shared_ptr<const Settings> settings)
    : io_(io), acceptor_(std::move(acceptor)), watch_timer_(io), stop_timer_(io), server_(server),
      settings_(std::move(settings))
{
  error_code unix_socket;
  acceptor_.set_option(asio::ip::tcp::no_delay(true), unix_socket); // its connections inherit it
}

Acceptor Listener::duplicate(asio::io_context& io) const
{
  const int descriptor = ::dup(const_cast<Acceptor&>(acceptor_).native_handle());
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "dup of a listening socket");
  return {io, acceptor_.local_endpoint().protocol(), descriptor};
}

void Listener::start()
{
  base::spawn(io_.get_executor(), "accept", accept());
  base::spawn(io_.get_executor(), "watch_deadlines", watch_deadlines());
}

void Listener::stop(std::chrono::milliseconds time)
{
  error_code ignored;
  acceptor_.close(ignored);
  watch_timer_.cancel();
  for (Connection& connection : connections_) {
    if (connection.state() == Connection::State::idle) connection.cancel();
    if (connection.state() == Connection::State::fresh)
      connection.allow(std::min(time, fresh_connection_time));
  }
  if (!connections_.empty()) base::spawn(io_.get_executor(), "force_stop", force_stop(time));
}

// Waits until the last connection has ended, or until the time is over.
asio::awaitable<void> Listener::force_stop(std::chrono::milliseconds time)
{
  const auto end = Connection::Clock::now() + time;
  while (!connections_.empty() && Connection::Clock::now() < end) {
    error_code error;
    stop_timer_.expires_after(std::chrono::milliseconds(20));
    co_await stop_timer_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    for (Connection& connection : connections_)
      connection.check(Connection::Clock::now());
  }
  for (Connection& connection : connections_)
    connection.socket().close();
}

asio::awaitable<void> Listener::accept()
{
  while (acceptor_.is_open()) {
    error_code error;
    Peer peer;
    Socket socket = co_await acceptor_.async_accept(peer, asio::redirect_error(asio::use_awaitable, error));
    if (!error) admit(std::move(socket), peer);
    if (!error || error == asio::error::operation_aborted || error == asio::error::connection_aborted)
      continue;
    server_.refusals.add(Refusal::connections, "-", "-", error.message());
    asio::steady_timer pause(io_, descriptor_pause);
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}

void Listener::admit(Socket socket, const Peer& peer)
{
  std::string remote = address_of(peer).ip;
  const std::size_t most = settings_->limits.connections_per_address;
  const bool counted = most > 0 && !is_within(settings_->trusted_proxies, remote);
  if (counted && !server_.counts.add(remote, most)) {
    server_.refusals.add(Refusal::connections, remote, "-",
                         "more connections than [limits] connections_per_address");
    return; // closes the socket
  }
  if (server_.connections >= settings_->limits.connections && !make_room()) {
    server_.refusals.add(Refusal::connections, remote, "-", "[limits] connections are all in a request");
    if (counted) server_.counts.remove(remote);
    return;
  }
  base::spawn(io_.get_executor(), "session", serve_connection(std::move(socket), std::move(remote), counted));
}

// Closes the oldest connection without a whole request or after its last answer, or else the oldest between
// two requests: strangers who say nothing never take the place of a sender. Returns false if all are in a
// request.
bool Listener::make_room()
{
  const auto oldest = [this](auto... states) {
    return std::find_if(connections_.begin(), connections_.end(), [=](const Connection& connection) {
      return ((connection.state() == states) || ...);
    });
  };
  using State = Connection::State;
  auto victim = oldest(State::fresh, State::reading, State::parting);
  if (victim == connections_.end()) victim = oldest(State::idle);
  if (victim == connections_.end()) return false;
  server_.refusals.add(
      Refusal::connections, victim->remote(), "-",
      "closed for a newer one: [limits] connections were open, and this one was in no request");
  victim->close();
  return true;
}

asio::awaitable<void> Listener::serve_connection(Socket socket, std::string remote, bool counted)
{
  Connection connection(std::move(socket), std::move(remote), settings_->tls);
  connections_.push_back(connection);
  ++server_.connections;
  try {
    co_await serve(connection, server_, settings_);
  } catch (const std::exception& e) {
    server_.refusals.add(Refusal::internal, connection.remote(), "-", e.what());
  }
  if (counted) server_.counts.remove(connection.remote());
  --server_.connections;
}

asio::awaitable<void> Listener::watch_deadlines()
{
  while (acceptor_.is_open()) {
    error_code error;
    watch_timer_.expires_after(watch_period(settings_->limits));
    co_await watch_timer_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    const auto now = Connection::Clock::now();
    for (Connection& connection : connections_)
      connection.check(now);
  }
}

} // namespace postbackd::http

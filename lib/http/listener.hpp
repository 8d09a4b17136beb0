#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <string>

#include "http/connection.hpp"
#include "http/server_state.hpp"

namespace postbackd::http
{

// Accepts on one I/O thread and watches over that thread's connections. Several listeners share a socket
// through duplicates of it: with SO_REUSEPORT a second daemon on the port would silently take half the
// traffic.
class Listener
{
public:
  Listener(boost::asio::io_context& io, Acceptor acceptor, ServerState& server,
           std::shared_ptr<const Settings> settings);

  // The same socket for another thread.
  Acceptor duplicate(boost::asio::io_context& io) const;

  void start();
  // From the next request on. On this listener's thread.
  void use(std::shared_ptr<const Settings> settings) { settings_ = std::move(settings); }
  // Accepts nothing more, ends idle connections at once and the others after their answer, or when the time
  // is over. On this listener's thread.
  void stop(std::chrono::milliseconds time);

private:
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve_connection(Socket socket, std::string remote, bool counted);
  boost::asio::awaitable<void> watch_deadlines();
  boost::asio::awaitable<void> force_stop(std::chrono::milliseconds time);
  void admit(Socket socket);

  boost::asio::io_context& io_;
  Acceptor acceptor_;
  boost::asio::steady_timer watch_timer_;
  boost::asio::steady_timer stop_timer_;
  ServerState& server_;
  std::shared_ptr<const Settings> settings_;
  boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>> connections_;
};

} // namespace postbackd::http

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

// Accepts connections on one I/O thread and watches their deadlines. Several listeners share a socket through
// duplicates of it: with SO_REUSEPORT a second daemon on the port would silently take half the traffic.
class Listener
{
public:
  Listener(boost::asio::io_context& io, Acceptor acceptor, ServerState& server,
           std::shared_ptr<const Settings> settings);

  // Returns a duplicate of the socket for another thread. Throws std::system_error.
  Acceptor duplicate(boost::asio::io_context& io) const;

  void start();
  // Uses the settings from the next request on. Call on this listener's thread.
  void use(std::shared_ptr<const Settings> settings) { settings_ = std::move(settings); }
  // Stops accepting. Ends idle connections at once, the others after their answer or when the time is over.
  // Call on this listener's thread.
  void stop(std::chrono::milliseconds time);

private:
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve_connection(Socket socket, std::string remote, bool counted);
  boost::asio::awaitable<void> watch_deadlines();
  boost::asio::awaitable<void> force_stop(std::chrono::milliseconds time);
  void admit(Socket socket, const Peer& peer);
  bool make_room();

  boost::asio::io_context& io_;
  Acceptor acceptor_;
  boost::asio::steady_timer watch_timer_;
  boost::asio::steady_timer stop_timer_;
  ServerState& server_;
  std::shared_ptr<const Settings> settings_;
  boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>> connections_;
};

} // namespace postbackd::http

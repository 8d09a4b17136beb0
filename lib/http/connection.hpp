#pragma once

#include <boost/asio/ssl/stream.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <memory>
#include <string>

#include "http/sockets.hpp"

namespace postbackd::http
{

// One accepted connection. It lives on the thread of its listener, which watches its deadline.
class Connection
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>
{
public:
  using Clock = std::chrono::steady_clock;

  using Tls = boost::asio::ssl::stream<Socket&>;

  // With a context the connection speaks TLS; it keeps the context it began with over a reload.
  Connection(Socket socket, std::string remote, std::shared_ptr<boost::asio::ssl::context> context)
      : socket_(std::move(socket)), remote_(std::move(remote)), context_(std::move(context))
  {
    if (context_) tls_ = std::make_unique<Tls>(socket_, *context_);
  }

  Socket& socket() { return socket_; }
  // None where the connection is plain.
  Tls* tls() { return tls_.get(); }
  const std::string& remote() const { return remote_; }

  // What the session does next must be done by then, or its operation is cancelled.
  void allow(std::chrono::milliseconds time)
  {
    deadline_ = Clock::now() + time;
    timed_out_ = false;
  }
  bool timed_out() const { return timed_out_; }

  // fresh: accepted, and nothing has come yet; idle: between two requests; busy: with one.
  enum class State { fresh, idle, busy };
  void set_state(State state) { state_ = state; }
  State state() const { return state_; }

  // Cancels the operation under way when its time is over; the socket stays open for a last answer.
  void check(Clock::time_point now)
  {
    if (now < deadline_) return;
    timed_out_ = true;
    cancel();
  }

  void cancel()
  {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  }

private:
  Socket socket_;
  std::string remote_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  std::unique_ptr<Tls> tls_;
  Clock::time_point deadline_ = Clock::time_point::max();
  bool timed_out_ = false;
  State state_ = State::fresh;
};

} // namespace postbackd::http

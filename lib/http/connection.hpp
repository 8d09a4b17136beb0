#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <string>

namespace postbackd::http
{

// One accepted connection. It lives on the thread of its listener, which watches its deadline.
class Connection
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>
{
public:
  using Clock = std::chrono::steady_clock;

  Connection(boost::asio::ip::tcp::socket socket, std::string remote)
      : socket_(std::move(socket)), remote_(std::move(remote))
  {
  }

  boost::asio::ip::tcp::socket& socket() { return socket_; }
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
  boost::asio::ip::tcp::socket socket_;
  std::string remote_;
  Clock::time_point deadline_ = Clock::time_point::max();
  bool timed_out_ = false;
  State state_ = State::fresh;
};

} // namespace postbackd::http

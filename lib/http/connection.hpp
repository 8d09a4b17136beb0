#pragma once

#include <boost/intrusive/list.hpp>

#include <chrono>
#include <memory>
#include <string>

#include "http/request.hpp"
#include "http/sockets.hpp"

namespace postbackd::http
{

struct TlsContext;
struct TlsStream;

// One accepted connection. It belongs to the thread of its listener, which watches its deadline.
class Connection final
    : public Caller,
      public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>
{
public:
  using Clock = std::chrono::steady_clock;

  // With a context the connection uses TLS; it keeps its context across a reload.
  Connection(Socket socket, std::string remote, std::shared_ptr<TlsContext> context);
  ~Connection() override;

  bool has_left() const override;

  Socket& socket() { return socket_; }
  // Returns null for a plain connection.
  TlsStream* tls() { return tls_.get(); }
  const std::string& remote() const { return remote_; }

  // Sets the deadline: an operation that is still running after `time` is cancelled.
  void allow(std::chrono::milliseconds time)
  {
    deadline_ = Clock::now() + time;
    timed_out_ = false;
  }
  bool timed_out() const { return timed_out_; }

  // fresh: accepted, no bytes received; reading: in a header; busy: in a request; parting: answered for the
  // last time; idle: between two requests; closed: by close().
  enum class State { fresh, reading, busy, parting, idle, closed };
  void set_state(State state) { state_ = state; }
  State state() const { return state_; }

  // Cancels the current operation if the deadline has passed; the socket stays open for a last answer.
  void check(Clock::time_point now)
  {
    if (now < deadline_) return;
    timed_out_ = true;
    cancel();
  }

  // Ends the connection without an answer; its session returns.
  void close()
  {
    boost::system::error_code ignored;
    socket_.close(ignored);
    state_ = State::closed;
  }

  void cancel()
  {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  }

private:
  Socket socket_;
  std::string remote_;
  std::shared_ptr<TlsContext> context_;
  std::unique_ptr<TlsStream> tls_;
  Clock::time_point deadline_ = Clock::time_point::max();
  bool timed_out_ = false;
  State state_ = State::fresh;
};

} // namespace postbackd::http

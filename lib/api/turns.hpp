#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "api/client.hpp"
#include "base/spawn.hpp"

namespace postbackd::api
{

// Work that may wait for the disk, one piece of a client at a time: whoever asks for much waits for itself.
// All on one thread, except the work.
class Turns
{
public:
  explicit Turns(boost::asio::any_io_executor background) : background_(std::move(background)) {}

  // Runs the work on `background` when it is the client's turn. Throws base::Failure (unavailable) if the
  // caller (null: it never leaves) has left by then; and what the work throws.
  template<class Result>
  boost::asio::awaitable<Result> run(const Client& client, const http::Caller* caller,
                                     std::function<Result()> work)
  {
    std::string name = client.name;
    co_await wait(name);
    const Turn turn(*this, std::move(name));
    if (caller && caller->has_left()) throw base::Failure(base::Errc::unavailable, "the client has left");
    co_return co_await base::run_on(background_, std::move(work));
  }

private:
  using Timer = boost::asio::steady_timer;

  class Turn
  {
  public:
    Turn(Turns& turns, std::string client) : turns_(turns), client_(std::move(client)) {}
    ~Turn() { turns_.pass_on(client_); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

  private:
    Turns& turns_;
    std::string client_;
  };

  boost::asio::awaitable<void> wait(const std::string& client);
  void pass_on(const std::string& client);

  boost::asio::any_io_executor background_;
  std::map<std::string, std::deque<std::shared_ptr<Timer>>> waiting_; // by client, while one of its own works
};

} // namespace postbackd::api

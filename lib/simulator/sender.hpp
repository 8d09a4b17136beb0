#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <random>

#include "base/clock.hpp"
#include "simulator/ledger.hpp"

namespace postbackd::simulator
{

// Posts results as the real sender does. Everything on the thread that runs the io_context, but for the
// transfer itself.
class Sender
{
public:
  struct Options {
    std::vector<std::chrono::milliseconds> retries; // of a post that gets no 200; then a notice, once
    unsigned posts = 8;                             // at the same time
    unsigned seed = 1;
  };

  // What it refers to must outlive it.
  Sender(boost::asio::io_context& io, base::Spool& spool, const base::Clock& clock, Options options);
  ~Sender();

  // All that is to be posted for the query, with its delays.
  boost::asio::awaitable<void> deliver(QueryPointer query);
  boost::asio::awaitable<void> pause(std::chrono::milliseconds time);
  // No post is begun any more.
  void stop() { stopping_ = true; }

private:
  boost::asio::awaitable<bool> deliver_until_taken(QueryPointer query, const base::Blob& body);
  boost::asio::awaitable<int> post(QueryPointer query, const base::Blob& body);
  base::Blob body_of(const Query& query);

  boost::asio::io_context& io_;
  base::Spool& spool_;
  const base::Clock& clock_;
  Options options_;
  std::mt19937 random_;
  bool stopping_ = false;
  boost::asio::thread_pool threads_;
};

} // namespace postbackd::simulator

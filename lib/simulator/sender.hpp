#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <random>

#include "base/clock.hpp"
#include "simulator/ledger.hpp"

namespace postbackd::simulator
{

// Posts results as the real sender does. Runs on the io_context's thread, except for the transfers
// themselves.
class Sender
{
public:
  struct Options {
    std::vector<std::chrono::milliseconds> retries; // delays, after a post without a 200; then one notice
    unsigned posts = 8;                             // at most, in parallel
    unsigned seed = 1;
  };

  // The referenced objects must outlive it.
  Sender(boost::asio::io_context& io, base::Spool& spool, const base::Clock& clock, Options options);
  ~Sender();

  // Makes all posts for the query, with its delays.
  boost::asio::awaitable<void> deliver(QueryPointer query);
  boost::asio::awaitable<void> pause(std::chrono::milliseconds time);
  // Stops it from beginning another post.
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

#pragma once

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "model/postback.hpp"

namespace postbackd::store
{

// What was committed together.
struct Group {
  std::size_t jobs;
  std::chrono::nanoseconds waited; // the first of them, from when it came to when it was on disk
  std::chrono::nanoseconds commit; // of it, the COMMIT with its sync
};

// What waits for a handler.
struct HandlerFigures {
  std::string name;
  std::int64_t backlog; // deliveries that are due or running
  std::int64_t dead;
  std::chrono::milliseconds oldest; // age of the oldest in the backlog
  bool circuit_open;
};

// What a store can say of itself.
struct Figures {
  std::size_t queued; // jobs that wait for the writer
  std::uint64_t database_bytes;
  std::uint64_t wal_bytes;
  std::int64_t pending;             // queries that wait for their result
  std::int64_t overdue;             // of them, those past their deadline
  std::chrono::milliseconds oldest; // age of the oldest that waits
  std::int64_t objects;             // of the Fanbase queue, pending or processing
  std::int64_t queued_questions;
  std::int64_t recoveries; // results that are fetched from the log
  std::vector<HandlerFigures> handlers;
};

// Where postbacks are kept. Nothing here promises what only SQLite can keep.
class PostbackStore
{
public:
  virtual ~PostbackStore() = default;

  // Keeps the postback, matched with its query, and completes once it is on disk; the receipt names it for
  // ever. `unavailable`: it is not kept and may be sent again; `invalid`: as it is, it never will be;
  // `fatal`: it is not kept, and the process must end. The postback must live until then.
  virtual boost::asio::awaitable<base::Result<model::Kept>> keep(const model::Postback& postback) = 0;

  // Deletes postbacks that came before this time, and the queries they answered, a little at a time; what is
  // still needed stays. How many postbacks were deleted. Takes as long as it takes, or until
  // `stop` is true.
  virtual boost::asio::awaitable<base::Result<std::int64_t>> remove_before(base::TimePoint time,
                                                                           const std::atomic<bool>& stop) = 0;

  // Removes what a crash or a failed keep() has left behind, if anything can be. Only one process of a store
  // may.
  virtual boost::asio::awaitable<void> remove_leftovers() = 0;

  // A real write that is synced as keep() is. Completes when it is done or has failed cleanly; a hung store
  // does not.
  virtual boost::asio::awaitable<base::Result<void>> probe() = 0;

  // Blocks for as long as a few reads take. Thread-safe.
  virtual base::Result<Figures> figures() = 0;
};

} // namespace postbackd::store

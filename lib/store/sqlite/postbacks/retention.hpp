#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "store/sqlite/engine/commit_queue.hpp"
#include "store/store.hpp"

namespace postbackd::store::sqlite
{

// Deletes what is older than it must be kept, from the old end, in steps of a few milliseconds that share
// their commits with postbacks, and gives the space back.
//
// It stays: a query that waits, a postback with a delivery that is not finished, the newest row of each table
// (its number must not be given out again), and the day's counters.
class Retention
{
public:
  Retention(SQLite::Database& database, CommitQueue& queue) : database_(database), queue_(queue) {}

  // How many postbacks were deleted. What it leaves of large bodies when it ends early are orphans.
  boost::asio::awaitable<base::Result<std::int64_t>> remove_before(base::TimePoint time,
                                                                   const std::atomic<bool>& stop);

private:
  SQLite::Database& database_;
  CommitQueue& queue_;
};

} // namespace postbackd::store::sqlite

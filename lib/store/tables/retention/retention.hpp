#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>

#include "base/clock.hpp"
#include "sql/commit_queue.hpp"
#include "store/store.hpp"
#include "store/tables/common/engine.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{

class RetentionStatements;

// Deletes what is older than it must be kept, oldest first, in steps of a few milliseconds that share their
// commits with postbacks, and gives the space back.
//
// Never deletes a waiting query, a postback with an unfinished delivery, the newest row of each table (its
// number must not be used again), or the day's counters.
class Retention
{
public:
  Retention(Engine& engine, sql::Database& database, CommitQueue& queue);
  ~Retention();

  // Returns how many postbacks were deleted. Pieces of large bodies that an early end leaves are orphans.
  boost::asio::awaitable<base::Result<std::int64_t>> remove_before(base::TimePoint time,
                                                                   const std::atomic<bool>& stop);

private:
  Engine& engine_;
  sql::Database& database_;
  CommitQueue& queue_;
  std::unique_ptr<RetentionStatements> statements_; // the writer thread's
};

} // namespace postbackd::store::tables

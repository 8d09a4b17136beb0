#pragma once

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "base/blob.hpp"
#include "sql/commit_queue.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{

// Stores bodies that are not in memory as pieces (schema/*/2_postbacks.sql), each in a commit that other jobs
// share.
class LargeBodies
{
public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using HasRoom = std::function<base::Result<void>(std::uint64_t bytes)>;

  // `has_room` is called before each piece; if absent, there is always room.
  LargeBodies(sql::Database& database, CommitQueue& queue, HasRoom has_room)
      : database_(database), queue_(queue), has_room_(std::move(has_room))
  {
  }

  // A body in pieces; it counts once a row of bodies names it.
  struct Pieces {
    std::int64_t body;
    std::int64_t count;
  };

  boost::asio::awaitable<base::Result<Pieces>> keep(const base::Blob& bytes);

  // Removes pieces that no row of bodies names: at once those that a failure of ours has left; of the others,
  // which another process may be about to name, bodies to which nothing was added for `orphan_age`.
  boost::asio::awaitable<void> remove_orphans(TimePoint now);
  // Removes one body's pieces unless a row names them; on failure they stay as orphans.
  boost::asio::awaitable<void> remove(std::int64_t body);
  // Pieces may have been left behind.
  void suspect_orphans() { looked_ = false; }

  static constexpr std::chrono::minutes orphan_age{5};

private:
  struct Suspect {
    std::int64_t pieces; // the number of its last one
    TimePoint since;
  };
  using Suspects = std::map<std::int64_t, Suspect>; // by body

  void abandon(std::int64_t body);
  // Throws base::Failure if there is no room.
  void require_room(std::uint64_t bytes) const;

  sql::Database& database_;
  CommitQueue& queue_;
  HasRoom has_room_;
  std::mutex mutex_;
  std::vector<std::int64_t> abandoned_; // bodies of ours that nobody will name; guarded by mutex_
  std::atomic<bool> looked_ = false;    // since pieces may have been left behind
  Suspects suspects_;                   // this and the next: for remove_orphans()
  TimePoint next_look_{};
};

// Throws sql::Failure or base::Failure unless all pieces exist: another process may have removed them as
// orphans. Must run inside the transaction that names them.
void require_all(sql::Database& database, LargeBodies::Pieces pieces);

} // namespace postbackd::store::tables

#pragma once

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>

#include "base/blob.hpp"
#include "store/sqlite/engine/commit_queue.hpp"

namespace postbackd::store::sqlite
{

// Stores bodies that are not in memory as pieces (schema/2_postbacks.sql), each in a commit that other jobs
// share.
class LargeBodies
{
public:
  using HasRoom = std::function<base::Result<void>(std::uint64_t bytes)>;

  // `has_room` is called before each piece; if absent, there is always room.
  LargeBodies(SQLite::Database& database, CommitQueue& queue, HasRoom has_room)
      : database_(database), queue_(queue), has_room_(std::move(has_room))
  {
  }

  // A body in pieces; it counts once a row of bodies names it.
  struct Pieces {
    std::int64_t body;
    std::int64_t count;
  };

  // Until settle() the pieces are not orphans, even if no row names them.
  boost::asio::awaitable<base::Result<Pieces>> keep(const base::Blob& bytes);
  void settle(Pieces pieces);

  // Removes pieces that no row of bodies names, left by a crash or a failure. Returns whether all are gone.
  boost::asio::awaitable<bool> remove_orphans();
  // Removes one body's pieces unless a row names them; on failure they stay as orphans.
  boost::asio::awaitable<void> remove(std::int64_t body);
  bool may_have_orphans() const { return may_have_orphans_; }
  void suspect_orphans() { may_have_orphans_ = true; }

private:
  bool is_in_flight(std::int64_t body);
  // Throws base::Failure if there is no room.
  void require_room(std::uint64_t bytes) const;

  SQLite::Database& database_;
  CommitQueue& queue_;
  HasRoom has_room_;
  std::atomic<bool> may_have_orphans_ = true;
  std::mutex mutex_;
  std::set<std::int64_t> in_flight_;
};

// Throws SQLite::Exception or base::Failure unless all pieces exist: another process may have removed them as
// orphans. Must run inside the transaction that names them.
void require_all(SQLite::Database& database, LargeBodies::Pieces pieces);

} // namespace postbackd::store::sqlite

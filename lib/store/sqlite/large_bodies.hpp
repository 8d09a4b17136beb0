#pragma once

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>

#include "base/blob.hpp"
#include "store/sqlite/commit_queue.hpp"

namespace postbackd::store::sqlite
{

// Keeps what is not in memory in pieces (schema/0002_large_bodies.sql), each in a commit that others share.
class LargeBodies
{
public:
  // Before each piece there must be room for it: none of `free_space` means that there always is.
  LargeBodies(SQLite::Database& database, CommitQueue& queue, const base::FreeSpace* free_space)
      : database_(database), queue_(queue), free_space_(free_space)
  {
  }

  // A body in pieces: it counts once a row of bodies names it.
  struct Pieces {
    std::int64_t body;
    std::int64_t count;
  };

  // Until settle() the pieces are no orphans, whether a row names them or not.
  boost::asio::awaitable<base::Result<Pieces>> keep(const base::Blob& bytes);
  void settle(Pieces pieces);

  // Removes pieces that no row of bodies names: what a crash or a failure has left behind. Whether all are
  // gone.
  boost::asio::awaitable<bool> remove_orphans();
  // Of one body, unless a row names it. What fails now is an orphan.
  boost::asio::awaitable<void> remove(std::int64_t body);
  // Whether something has failed since, so that there may be orphans.
  bool may_have_orphans() const { return may_have_orphans_; }
  void suspect_orphans() { may_have_orphans_ = true; }

private:
  bool is_in_flight(std::int64_t body);

  SQLite::Database& database_;
  CommitQueue& queue_;
  const base::FreeSpace* free_space_;
  std::atomic<bool> may_have_orphans_ = true;
  std::mutex mutex_;
  std::set<std::int64_t> in_flight_;
};

// Throws SQLite::Exception or base::Failure unless all pieces are there: another process may have taken them
// for orphans. Inside the transaction that names them.
void require_all(SQLite::Database& database, LargeBodies::Pieces pieces);

} // namespace postbackd::store::sqlite

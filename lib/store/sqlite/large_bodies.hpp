#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>

#include "base/blob.hpp"
#include "store/sqlite/commit_queue.hpp"

namespace postbackd::store::sqlite
{

// Keeps what is not in memory in pieces (schema/0002_large_bodies.sql), each in a commit that others share.
class LargeBodies
{
public:
  LargeBodies(SQLite::Database& database, CommitQueue& queue) : database_(database), queue_(queue) {}

  // A body in pieces: it counts once a row of bodies names it.
  struct Pieces {
    std::int64_t body;
    std::int64_t count;
  };

  boost::asio::awaitable<base::Result<Pieces>> keep(const base::Blob& bytes);
  // Of a body that no row of bodies names. What cannot be removed now is removed at the next start.
  boost::asio::awaitable<void> remove(Pieces pieces);

private:
  SQLite::Database& database_;
  CommitQueue& queue_;
};

// Removes the pieces that no row of bodies names: what a crash has left behind.
void remove_orphaned_pieces(SQLite::Database& database);

// Throws SQLite::Exception or base::Failure unless all pieces are there: another process may have taken them
// for orphans. Inside the transaction that names them.
void require_all(SQLite::Database& database, LargeBodies::Pieces pieces);

} // namespace postbackd::store::sqlite

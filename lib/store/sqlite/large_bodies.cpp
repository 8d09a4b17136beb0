#include "store/sqlite/large_bodies.hpp"

#include <cstring>
#include <vector>

#include "base/digest.hpp"
#include "base/log.hpp"
#include "store/sqlite/statement.hpp"

namespace postbackd::store::sqlite
{
namespace
{

constexpr std::size_t piece_size = 1 << 20;

// One seek for each body, however many pieces it has.
constexpr auto next_body_sql = "SELECT body FROM pieces WHERE body > ?1 ORDER BY body LIMIT 1";
constexpr auto is_named_sql = R"(
  SELECT 1 WHERE EXISTS (SELECT 1 FROM bodies WHERE raw_pieces = ?1) OR EXISTS (SELECT 1 FROM bodies WHERE json_pieces = ?1))";
// Asks again: another process may have named it meanwhile.
constexpr auto remove_sql = R"(
  DELETE FROM pieces
   WHERE body = ?1 AND part = (SELECT min(part) FROM pieces WHERE body = ?1)
     AND NOT EXISTS (SELECT 1 FROM bodies WHERE raw_pieces = ?1) AND NOT EXISTS (SELECT 1 FROM bodies WHERE json_pieces = ?1))";

// Not counted up: two processes may write at once.
std::int64_t new_body()
{
  std::int64_t number = 0;
  std::memcpy(&number, base::random_bytes(sizeof number).data(), sizeof number);
  return number & INT64_MAX;
}

class AddJob final : public CommitQueue::Job
{
public:
  AddJob(SQLite::Database& database, LargeBodies::Pieces pieces, const base::Blob& bytes,
         const base::FreeSpace* free_space)
      : Job(piece_size), database_(database), pieces_(pieces), bytes_(bytes), free_space_(free_space)
  {
  }

  void run() override
  {
    // In the WAL, and then in the file.
    if (const auto enough = free_space_ ? free_space_->check(2 * piece_size) : base::Result<void>(); !enough)
      throw base::Failure(enough.error());
    std::string piece(piece_size, '\0');
    piece.resize(
        bytes_.read(static_cast<std::uint64_t>(pieces_.count) * piece_size, piece.data(), piece_size));
    SQLite::Statement insert(database_, "INSERT INTO pieces (body, part, bytes) VALUES (?1, ?2, ?3)");
    insert.bind(1, pieces_.body);
    insert.bind(2, pieces_.count);
    bind_blob(insert, 3, piece);
    insert.exec();
  }

private:
  SQLite::Database& database_;
  LargeBodies::Pieces pieces_; // count: those that are there already
  const base::Blob& bytes_;
  const base::FreeSpace* free_space_;
};

class FindJob final : public CommitQueue::Job
{
public:
  // Behind this body.
  FindJob(SQLite::Database& database, std::int64_t behind) : Job(0), behind_(behind), database_(database) {}

  void run() override
  {
    orphans.clear();
    seen = 0;
    std::int64_t body = behind_;
    SQLite::Statement next(database_, next_body_sql);
    SQLite::Statement named(database_, is_named_sql);
    for (; seen < most_bodies; ++seen) {
      const Reset reset(next);
      next.bind(1, body);
      if (!next.executeStep()) return;
      body = next.getColumn(0).getInt64();
      const Reset reset_named(named);
      named.bind(1, body);
      if (!named.executeStep()) orphans.push_back(body);
      last = body;
    }
  }

  static constexpr int most_bodies = 64; // three seeks each
  std::vector<std::int64_t> orphans;
  std::int64_t last = -1;
  int seen = 0;

private:
  std::int64_t behind_;
  SQLite::Database& database_;
};

// Removes the first piece that is left.
class RemoveJob final : public CommitQueue::Job
{
public:
  RemoveJob(SQLite::Database& database, std::int64_t body) : Job(0), database_(database), body_(body) {}

  void run() override
  {
    SQLite::Statement remove(database_, remove_sql);
    remove.bind(1, body_);
    removed = remove.exec() > 0;
  }

  bool removed = false;

private:
  SQLite::Database& database_;
  std::int64_t body_;
};

} // namespace

boost::asio::awaitable<base::Result<LargeBodies::Pieces>> LargeBodies::keep(const base::Blob& bytes)
{
  Pieces pieces{new_body(), 0};
  {
    const std::lock_guard lock(mutex_);
    in_flight_.insert(pieces.body);
  }
  while (static_cast<std::uint64_t>(pieces.count) * piece_size < bytes.size()) {
    AddJob job(database_, pieces, bytes, free_space_);
    co_await queue_.run(job);
    if (job.error()) {
      settle(pieces);
      may_have_orphans_ = true;
      co_return *job.error();
    }
    ++pieces.count;
  }
  co_return pieces;
}

void LargeBodies::settle(Pieces pieces)
{
  const std::lock_guard lock(mutex_);
  in_flight_.erase(pieces.body);
}

bool LargeBodies::is_in_flight(std::int64_t body)
{
  const std::lock_guard lock(mutex_);
  return in_flight_.contains(body);
}

boost::asio::awaitable<bool> LargeBodies::remove_orphans()
{
  may_have_orphans_ = false;
  std::int64_t last = -1;
  bool more = true;
  while (more) {
    FindJob find(database_, last);
    co_await queue_.run(find);
    last = find.last;
    more = !find.error() && find.seen == FindJob::most_bodies;
    if (find.error()) may_have_orphans_ = true;
    for (const std::int64_t body : find.orphans) {
      if (is_in_flight(body)) continue;
      co_await remove(body);
    }
  }
  co_return !may_have_orphans_;
}

boost::asio::awaitable<void> LargeBodies::remove(std::int64_t body)
{
  bool more = true;
  int removed = 0;
  while (more) {
    RemoveJob job(database_, body);
    co_await queue_.run(job);
    if (job.error()) may_have_orphans_ = true;
    more = !job.error() && job.removed;
    removed += more;
  }
  if (removed > 0) base::log::info("orphans_removed", {{"pieces", removed}});
}

void require_all(SQLite::Database& database, LargeBodies::Pieces pieces)
{
  SQLite::Statement count(database, "SELECT count(*) FROM pieces WHERE body = ?1");
  count.bind(1, pieces.body);
  count.executeStep();
  if (count.getColumn(0).getInt64() != pieces.count)
    throw base::Failure(base::Errc::unavailable, "pieces of a large body have gone: it must be sent again");
}

} // namespace postbackd::store::sqlite

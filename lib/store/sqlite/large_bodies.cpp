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

constexpr auto orphans_sql = R"(
  SELECT body, part FROM pieces
   WHERE NOT EXISTS (SELECT 1 FROM bodies WHERE raw_pieces = pieces.body)
     AND NOT EXISTS (SELECT 1 FROM bodies WHERE json_pieces = pieces.body))";
constexpr auto remove_sql = "DELETE FROM pieces WHERE body = ?1 AND part = ?2";

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
  AddJob(SQLite::Database& database, LargeBodies::Pieces pieces, const base::Blob& bytes)
      : Job(piece_size), database_(database), pieces_(pieces), bytes_(bytes)
  {
  }

  void run() override
  {
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
};

void remove_piece(SQLite::Database& database, std::int64_t body, std::int64_t part)
{
  SQLite::Statement remove(database, remove_sql);
  remove.bind(1, body);
  remove.bind(2, part);
  remove.exec();
}

class RemoveJob final : public CommitQueue::Job
{
public:
  RemoveJob(SQLite::Database& database, std::int64_t body, std::int64_t part)
      : Job(0), database_(database), body_(body), part_(part)
  {
  }

  void run() override { remove_piece(database_, body_, part_); }

private:
  SQLite::Database& database_;
  std::int64_t body_;
  std::int64_t part_;
};

} // namespace

boost::asio::awaitable<base::Result<LargeBodies::Pieces>> LargeBodies::keep(const base::Blob& bytes)
{
  Pieces pieces{new_body(), 0};
  while (static_cast<std::uint64_t>(pieces.count) * piece_size < bytes.size()) {
    AddJob job(database_, pieces, bytes);
    co_await queue_.run(job);
    if (job.error()) {
      const base::Error error = *job.error();
      co_await remove(pieces);
      co_return error;
    }
    ++pieces.count;
  }
  co_return pieces;
}

boost::asio::awaitable<void> LargeBodies::remove(Pieces pieces)
{
  for (std::int64_t part = 0; part < pieces.count; ++part) {
    RemoveJob job(database_, pieces.body, part);
    co_await queue_.run(job);
    if (job.error()) co_return;
  }
}

void remove_orphaned_pieces(SQLite::Database& database)
{
  std::vector<std::pair<std::int64_t, std::int64_t>> orphans;
  SQLite::Statement find(database, orphans_sql);
  while (find.executeStep())
    orphans.emplace_back(find.getColumn(0).getInt64(), find.getColumn(1).getInt64());
  find.reset();
  for (const auto& [body, part] : orphans)
    remove_piece(database, body, part);
  if (!orphans.empty()) base::log::info("orphans_removed", {{"pieces", orphans.size()}});
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

#include "store/tables/postbacks/large_bodies.hpp"

#include <cstring>
#include <map>

#include "base/digest.hpp"
#include "base/log.hpp"
#include "sql/statement.hpp"
#include "store/tables/common/names.hpp"

namespace postbackd::store::tables
{
namespace
{

constexpr std::size_t piece_size = 1 << 20;
constexpr std::size_t most_abandoned = 1'000;

// Another process may have crashed.
constexpr std::chrono::minutes look_period{60};

// One seek for each body, however many pieces it has.
constexpr auto next_body_sql = "SELECT body_id FROM pieces WHERE body_id > ?1 ORDER BY body_id LIMIT 1";
constexpr auto is_named_sql = R"(
  SELECT 1 WHERE EXISTS (SELECT 1 FROM bodies WHERE raw_pieces = ?1) OR EXISTS (SELECT 1 FROM bodies WHERE json_pieces = ?1))";
// Checks again: another process may have named it meanwhile.
constexpr auto remove_sql = R"(
  DELETE FROM pieces
   WHERE body_id = ?1 AND part = (SELECT min(part) FROM pieces WHERE body_id = ?1)
     AND NOT EXISTS (SELECT 1 FROM bodies WHERE raw_pieces = ?1) AND NOT EXISTS (SELECT 1 FROM bodies WHERE json_pieces = ?1))";

// Random instead of counted: two processes may write at once.
std::int64_t new_body()
{
  std::int64_t number = 0;
  std::memcpy(&number, base::random_bytes(sizeof number).data(), sizeof number);
  return number & INT64_MAX;
}

void add_piece(sql::Database& database, LargeBodies::Pieces pieces, const base::Blob& bytes)
{
  std::string piece(piece_size, '\0');
  piece.resize(bytes.read(static_cast<std::uint64_t>(pieces.count) * piece_size, piece.data(), piece_size));
  sql::Statement insert(database, "INSERT INTO pieces (body_id, part, bytes) VALUES (?1, ?2, ?3)");
  insert.bind(1, pieces.body);
  insert.bind(2, pieces.count);
  bind_blob(insert, 3, piece);
  insert.exec();
}

struct Orphans {
  std::map<std::int64_t, std::int64_t> bodies; // with their last parts
  std::int64_t last;
  bool at_end;
};

// Checks some bodies with a number above `after`.
Orphans find_orphans(sql::Database& database, std::int64_t after)
{
  constexpr int most_bodies = 64; // four seeks each
  Orphans orphans{{}, after, true};
  sql::Statement next(database, next_body_sql);
  sql::Statement named(database, is_named_sql);
  sql::Statement last_part(database, "SELECT max(part) FROM pieces WHERE body_id = ?1");
  for (int seen = 0; seen < most_bodies; ++seen) {
    const Reset reset(next);
    next.bind(1, orphans.last);
    if (!next.step()) return orphans;
    orphans.last = next.column(0).int64();
    const Reset reset_named(named);
    named.bind(1, orphans.last);
    if (named.step()) continue;
    const Reset reset_part(last_part);
    last_part.bind(1, orphans.last);
    last_part.step();
    orphans.bodies[orphans.last] = last_part.column(0).int64();
  }
  orphans.at_end = false;
  return orphans;
}

// Returns false if there was none.
bool remove_first_piece(sql::Database& database, std::int64_t body)
{
  sql::Statement remove(database, remove_sql);
  remove.bind(1, body);
  return remove.exec() > 0;
}

} // namespace

boost::asio::awaitable<base::Result<LargeBodies::Pieces>> LargeBodies::keep(const base::Blob& bytes)
{
  Pieces pieces{new_body(), 0};
  while (static_cast<std::uint64_t>(pieces.count) * piece_size < bytes.size()) {
    auto add = [this, &pieces, &bytes] {
      require_room(2 * piece_size); // in the WAL, and then in the file
      add_piece(database_, pieces, bytes);
    };
    const base::Result<void> added = co_await queue_.run(add, piece_size);
    if (!added) {
      abandon(pieces.body);
      co_return added.error();
    }
    ++pieces.count;
  }
  co_return pieces;
}

void LargeBodies::require_room(std::uint64_t bytes) const
{
  if (!has_room_) return;
  if (const auto room = has_room_(bytes); !room) throw base::Failure(room.error());
}

void LargeBodies::abandon(std::int64_t body)
{
  const std::lock_guard lock(mutex_);
  if (abandoned_.size() < most_abandoned) abandoned_.push_back(body); // the others are orphans
}

boost::asio::awaitable<void> LargeBodies::remove_orphans(TimePoint now)
{
  std::vector<std::int64_t> abandoned;
  {
    const std::lock_guard lock(mutex_);
    abandoned.swap(abandoned_);
  }
  for (const std::int64_t body : abandoned)
    co_await remove(body);
  if (looked_ && now < next_look_) co_return;
  looked_ = true;
  Suspects suspects;
  std::int64_t last = -1;
  for (bool more = true; more;) {
    auto find = [this, last] { return find_orphans(database_, last); };
    const base::Result<Orphans> found = co_await queue_.run(find);
    if (!found) {
      looked_ = false;
      co_return;
    }
    more = !found->at_end;
    last = found->last;
    for (const auto& [body, last_part] : found->bodies) {
      const auto known = suspects_.find(body);
      const bool unchanged = known != suspects_.end() && known->second.pieces == last_part;
      const Suspect suspect{last_part, unchanged ? known->second.since : now};
      if (now - suspect.since < orphan_age)
        suspects.emplace(body, suspect);
      else
        co_await remove(body);
    }
  }
  suspects_ = std::move(suspects);
  next_look_ = now + (suspects_.empty() ? look_period : orphan_age);
}

boost::asio::awaitable<void> LargeBodies::remove(std::int64_t body)
{
  auto remove = [this, body] { return remove_first_piece(database_, body); };
  bool more = true;
  int removed = 0;
  while (more) {
    const base::Result<bool> done = co_await queue_.run(remove);
    if (!done) abandon(body);
    more = done && *done;
    removed += more;
  }
  if (removed > 0)
    base::log::debug("orphans_removed", {{"pieces", removed},
                                         {"what", "of bodies that were repeats, or were not acknowledged"}});
}

void require_all(sql::Database& database, LargeBodies::Pieces pieces)
{
  sql::Statement count(database, "SELECT count(*) FROM pieces WHERE body_id = ?1");
  count.bind(1, pieces.body);
  count.step();
  if (count.column(0).int64() != pieces.count)
    throw base::Failure(base::Errc::unavailable, "pieces of a large body are missing: send it again");
}

} // namespace postbackd::store::tables

#pragma once

#include <boost/asio/thread_pool.hpp>

#include <map>
#include <memory>
#include <optional>

#include "sql/commit_queue.hpp"
#include "sql/reader.hpp"
#include "store/postback_store.hpp"
#include "store/tables/common/engine.hpp"
#include "store/tables/common/names.hpp"
#include "store/upkeep_store.hpp"

namespace postbackd::store::tables
{

// Deletes what is older than its own age, apart from postbacks (retention.hpp): bodies, queries without a
// result, deliveries, queue objects and app events. In steps on the writer thread, each a commit, with
// pauses.
class AgeRetention
{
public:
  AgeRetention(Engine& engine, sql::Database& database, CommitQueue& queue);
  ~AgeRetention();

  // As PostbackStore::remove_old.
  boost::asio::awaitable<base::Result<std::int64_t>>
  remove(OldKind kind, base::TimePoint before, base::TimePoint now, const std::atomic<bool>& stop);

private:
  struct Statements;
  struct Progress {
    std::int64_t last = 0; // the row that was looked at last
    std::int64_t removed = 0;
    bool finished = false;
  };
  // How far the passes have come since the last whole one.
  struct Reached {
    base::TimePoint whole_pass_at;
    std::int64_t last = 0;
  };

  using Behind = base::Result<std::optional<std::int64_t>>;

  Statements& statements_of(OldKind kind);
  // Looks for a row that is old although a younger one stands before it. Returns the id before it.
  std::optional<std::int64_t> find_behind(OldKind kind, std::int64_t last, const std::string& before,
                                          const std::atomic<bool>& stop);
  // Lets the pass go on there.
  boost::asio::awaitable<base::Result<void>>
  look_behind(OldKind kind, Progress& done, const std::string& before, const std::atomic<bool>& stop);

  sql::Database& database_;
  CommitQueue& queue_;
  std::map<OldKind, std::unique_ptr<Statements>> statements_; // the writer thread's
  std::map<OldKind, Reached> reached_;                        // the caller's
  Reader reader_;                                             // this and the next: for find_behind()
  boost::asio::thread_pool thread_{1};
};

} // namespace postbackd::store::tables

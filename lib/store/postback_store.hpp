#pragma once

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "model/event.hpp"
#include "model/postback.hpp"

namespace postbackd::store
{

// Writes that were committed together.
struct CommitGroup {
  std::size_t jobs;
  std::chrono::nanoseconds waited;        // the first of them, from its arrival until it was on disk
  std::chrono::nanoseconds commit;        // of that, the commit with its sync
  std::vector<model::EventNote> events{}; // that it appended, in order, if StoreOptions::note_events
  bool has_more_events = true;            // it may have appended others
};

// A handler's deliveries in numbers.
struct HandlerFigures {
  std::string name;
  std::int64_t backlog; // deliveries due or running
  std::int64_t dead;
  std::chrono::milliseconds oldest; // age of the oldest in the backlog
  bool circuit_open;                // and deliveries wait behind it
};

// A store in numbers.
struct StoreFigures {
  std::size_t queued;               // writes that wait for the writer
  std::uint64_t database_bytes;     // on disk
  std::uint64_t journal_bytes;      // on disk, of changes not yet moved into the database
  std::int64_t pending;             // queries that wait for their result
  std::int64_t overdue;             // of them, those past their deadline
  std::int64_t lost;                // given up: the platform's log does not have their results
  std::chrono::milliseconds oldest; // age of the oldest pending query
  std::int64_t objects;             // of the Fanbase queue, pending or processing
  std::int64_t queued_submissions;
  std::optional<base::TimePoint> kept_since; // when the oldest postback came
  std::int64_t recoveries;                   // results looked for in the platform's log
  std::vector<HandlerFigures> handlers;
};

// What has an age of its own, apart from postbacks.
enum class OldKind {
  bodies,     // of postbacks, whose rows stay
  queries,    // that failed, are lost or were closed, and have no postback
  deliveries, // done or dead, with their attempts
  objects,    // of the Fanbase queue, completed or failed
  app_events,
  audit, // who read and erased what through the API
};

// Postbacks and the queries they answer.
class PostbackStore
{
public:
  virtual ~PostbackStore() = default;

  // Keeps the postback, matched with its query, and completes once it is on disk; the receipt names it for
  // ever. `unavailable`: it is not kept and may be sent again; `invalid`: it can never be kept as it is;
  // `fatal`: it is not kept, and the process must end. The postback must live until then.
  virtual boost::asio::awaitable<base::Result<model::Kept>> keep(const model::Postback& postback,
                                                                 base::TimePoint now) = 0;

  // Makes queries past their deadline overdue, with an event for each. Returns how many.
  virtual boost::asio::awaitable<base::Result<std::int64_t>> mark_overdue(base::TimePoint now) = 0;

  // Deletes postbacks that came before `time`, and the queries they answered, a little at a time, until none
  // is left or `stop` is true; keeps what is still needed. Returns how many postbacks were deleted.
  virtual boost::asio::awaitable<base::Result<std::int64_t>> remove_before(base::TimePoint time,
                                                                           const std::atomic<bool>& stop) = 0;

  // Deletes what is older than `before` in the same way, except what waits or is not delivered yet: that is
  // looked at again after a day.
  virtual boost::asio::awaitable<base::Result<std::int64_t>>
  remove_old(OldKind kind, base::TimePoint before, base::TimePoint now, const std::atomic<bool>& stop) = 0;

  // Returns the time of the last note_time() or, without one, of the newest postback; nothing for an empty
  // store. Retention asks it whether the clock is far ahead.
  virtual base::Result<std::optional<base::TimePoint>> last_seen() = 0;
  virtual boost::asio::awaitable<base::Result<void>> note_time(base::TimePoint now) = 0;

  // Removes what a crash or a failed keep() left behind. Only the leader may call it.
  virtual boost::asio::awaitable<void> remove_orphans() = 0;

  // Completes an erasure that an operator has begun (OperatorStore::erase): afterwards no file has the bytes.
  // Returns whether there was one. Blocks; call it about once a second.
  virtual base::Result<bool> complete_erasure() = 0;

  // Makes a real write, synced like keep(), or joins one that is under way. Completes when that is done or
  // has failed cleanly, or with `unavailable` when the patience is over.
  virtual boost::asio::awaitable<base::Result<void>> probe(base::TimePoint now,
                                                           std::chrono::milliseconds patience) = 0;

  // Reads the figures. Blocks for a few reads. Thread-safe.
  virtual base::Result<StoreFigures> figures(base::TimePoint now) = 0;
};

} // namespace postbackd::store

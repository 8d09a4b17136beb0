#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "model/event.hpp"
#include "model/postback.hpp"
#include "store/watch_store.hpp"

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
  bool active = true;               // the configuration names it
  std::string last_error{}; // of the newest delivery that failed, if it has some that wait or are dead
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
  // In the last day, postbacks to a query's own URL with another QueryId than the platform has named for it.
  std::int64_t doubtful = 0;
  std::optional<model::Receipt> last_doubtful{};
  std::optional<base::TimePoint> made_at{};
  std::optional<base::TimePoint> restored_at{};  // when this copy was put in the place of a store
  std::optional<base::TimePoint> backed_up_at{}; // when the newest backup was made
  std::optional<base::TimePoint> backup_due{};   // when somebody should ask why there is no newer one
  std::optional<base::TimePoint> newest{};       // when the newest postback came
  std::int64_t growth = 0;                       // bytes a day, over the last week; 0: not known, or none
  std::int64_t expired = 0;                      // submissions not sent in time, today and yesterday (UTC)
  std::vector<OpenAlert> alerts{};
  std::string
      server{}; // of a shared store, for people: its version, who uses it, what holds it up; empty for a file
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

  // Makes a real write, synced like keep(), or joins one that is under way. Completes when that is done or
  // has failed cleanly, or with `unavailable` when the patience is over.
  virtual boost::asio::awaitable<base::Result<void>> probe(base::TimePoint now,
                                                           std::chrono::milliseconds patience) = 0;

  // Returns the figures; they may be old by twenty times what it takes to count them, so that whoever asks
  // all the time costs a twentieth of a core. Blocks for a few reads. Thread-safe.
  virtual base::Result<StoreFigures> figures(base::TimePoint now) = 0;
};

} // namespace postbackd::store

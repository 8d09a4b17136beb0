#pragma once

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "store/old_kind.hpp"

namespace postbackd::store
{

// What is done once in a while. Only the leader of `keep` may call it.
class UpkeepStore
{
public:
  virtual ~UpkeepStore() = default;

  // Makes queries past their deadline overdue, with an event for each, up to 500 at a time. Blocks; call it
  // on a thread that may wait. Returns how many.
  virtual base::Result<std::int64_t> mark_overdue(base::TimePoint now) = 0;

  // Ends the groups whose last query has its end, with an event for each. Blocks. Returns how many.
  virtual base::Result<std::int64_t> end_groups(base::TimePoint now) = 0;

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
  // An earlier time than the last one changes nothing: for a clock that went back, the right time would be
  // far ahead.
  virtual boost::asio::awaitable<base::Result<void>> note_time(base::TimePoint now) = 0;

  // Removes what a crash or a failed keep(), of whichever process, left behind some minutes ago. Call it
  // about once a second.
  virtual boost::asio::awaitable<void> remove_orphans(std::chrono::steady_clock::time_point now) = 0;

  // Completes an erasure that an operator has begun (Archive::erase): afterwards no file has the bytes.
  // Returns whether there was one. Blocks; call it about once a second.
  virtual base::Result<bool> complete_erasure() = 0;
};

} // namespace postbackd::store

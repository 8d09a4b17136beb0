#pragma once

#include <algorithm>

#include "base/clock.hpp"
#include "model/retry_policy.hpp"

namespace postbackd::model
{

// Circuit breaker: keeps a dead endpoint from using up attempts. After `threshold` failures in a row it
// opens, lets nothing pass for a while, then one probe; the first success closes it. A value without its own
// clock.
class Circuit
{
public:
  Circuit(int threshold, RetryPolicy pauses) : threshold_(threshold), pauses_(pauses) {}

  // Returns how many of `free` attempts may start now; `running` are under way.
  std::size_t allowed(std::size_t free, std::size_t running, base::TimePoint now) const
  {
    if (!open_) return free;
    return now >= open_until_ && running == 0 ? std::min<std::size_t>(free, 1) : 0;
  }

  // Both return whether a change must be stored.
  bool succeed()
  {
    const bool changed = failures_ > 0;
    failures_ = 0;
    open_ = false;
    return changed;
  }
  bool fail(base::TimePoint now, double jitter)
  {
    if (open_ && now < open_until_)
      return false; // it was under way when the circuit opened: the same failure
    ++failures_;
    if (failures_ < threshold_) return true;
    open_ = true;
    open_until_ = now + pauses_.delay(failures_ - threshold_ + 1, jitter);
    return true;
  }

  bool open() const { return open_; }
  int failures() const { return failures_; }
  base::TimePoint open_until() const { return open_until_; }
  // Lets the next probe pass from this time on, if that is earlier.
  void probe_from(base::TimePoint time) { open_until_ = std::min(open_until_, time); }
  // Restores the state from before a restart; the first probe is due at once.
  void restore(bool open, int failures, base::TimePoint now)
  {
    open_ = open;
    failures_ = failures;
    open_until_ = now;
  }

private:
  int threshold_;
  RetryPolicy pauses_;
  bool open_ = false;
  int failures_ = 0;
  base::TimePoint open_until_{};
};

} // namespace postbackd::model

#pragma once

#include "base/clock.hpp"
#include "model/retry_policy.hpp"

namespace postbackd::model
{

// Keeps a dead endpoint from burning attempts: after a number of failures in a row it is open, lets nothing
// pass for a while, then one probe, and is closed by the first success. A value; no clock of its own.
class Circuit
{
public:
  Circuit(int threshold, RetryPolicy pauses) : threshold_(threshold), pauses_(pauses) {}

  // How many may run now, of those that could; `running` are under way.
  std::size_t allowed(std::size_t free, std::size_t running, base::TimePoint now) const
  {
    if (!open_) return free;
    return now >= open_until_ && running == 0 ? std::min<std::size_t>(free, 1) : 0;
  }

  // Both say whether something changed that is worth keeping.
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
      return false; // it was under way when the circuit opened: the same trouble
    ++failures_;
    if (failures_ < threshold_) return true;
    open_ = true;
    open_until_ = now + pauses_.delay(failures_ - threshold_ + 1, jitter);
    return true;
  }

  bool open() const { return open_; }
  int failures() const { return failures_; }
  base::TimePoint open_until() const { return open_until_; }
  // What it was before a restart: the first probe is due at once.
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

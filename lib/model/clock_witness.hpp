#pragma once

#include <chrono>
#include <optional>

#include "base/clock.hpp"

namespace postbackd::model
{

// Decides whether retention may delete by the wall clock. A clock far ahead of the last time that the store
// has seen, such as a wrong one at boot, or after a long pause, is believed only once it has stood for a day.
class ClockWitness
{
public:
  using Ticks = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::hours far_ahead{24};
  static constexpr std::chrono::hours time_to_stand{24};

  // `last_seen` is nothing for an empty store. `ticks` is now on a clock that nobody sets.
  bool believes(base::TimePoint now, std::optional<base::TimePoint> last_seen, Ticks ticks)
  {
    if (!last_seen || now <= *last_seen + far_ahead) {
      doubted_since_.reset();
      return true;
    }
    if (!doubted_since_) doubted_since_ = ticks;
    return ticks - *doubted_since_ >= time_to_stand;
  }

private:
  std::optional<Ticks> doubted_since_;
};

} // namespace postbackd::model

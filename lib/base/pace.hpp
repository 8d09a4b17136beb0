#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace postbackd::base
{

// Lets things begin at a rate, and saves up those of a moment in which none began; one can always be saved.
// Not thread-safe.
class Pace
{
public:
  using Clock = std::chrono::steady_clock;

  // `rate`: a second; `saved`: the moment, in seconds; `look`: between two calls, so that none is lost to the
  // second call.
  Pace(double rate, double saved, double look) : rate_(rate), most_(std::max(1.0, rate * saved) + rate * look)
  {
  }

  // Returns how many may begin now.
  std::size_t allowed(Clock::time_point now = Clock::now())
  {
    const std::chrono::duration<double> passed = now - at_;
    allowed_ = std::min(most_, allowed_ + passed.count() * rate_);
    at_ = now;
    return allowed_ >= 1 ? static_cast<std::size_t>(allowed_) : 0;
  }
  // They have begun.
  void take(std::size_t count) { allowed_ -= static_cast<double>(count); }
  // They have not begun after all.
  void give_back(std::size_t count) { allowed_ += static_cast<double>(count); }

private:
  double rate_;
  double most_;
  double allowed_ = 1;
  Clock::time_point at_{};
};

} // namespace postbackd::base

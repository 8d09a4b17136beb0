#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>

namespace postbackd::model
{

// When to retry a failed delivery: with exponentially growing delays, up to `max`.
struct RetryPolicy {
  std::chrono::milliseconds first{10'000};
  double factor = 2.0;
  std::chrono::milliseconds max{3'600'000};
  int attempts = 20; // after these it is dead

  bool operator==(const RetryPolicy&) const = default;

  // Returns the delay after the n-th attempt, from 1. `jitter` from 0 to 1 varies it from 80 to 120 percent.
  std::chrono::milliseconds delay(int attempt, double jitter) const
  {
    const double wait = static_cast<double>(first.count()) * std::pow(factor, std::min(attempt, 1'000) - 1);
    const double bounded = std::min(wait, static_cast<double>(max.count()));
    return std::chrono::milliseconds(static_cast<std::int64_t>(bounded * (0.8 + 0.4 * jitter)));
  }
};

} // namespace postbackd::model

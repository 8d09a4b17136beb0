#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace postbackd::base
{

// Lets `burst` events pass in each `window`, and counts the events it holds back. Not thread-safe.
class RateLimit
{
public:
  using Clock = std::chrono::steady_clock;

  RateLimit(std::uint32_t burst, Clock::duration window) : burst_(burst), window_(window) {}

  // Returns how many events were held back since the last that passed; nullopt if this one is held back too.
  std::optional<std::uint64_t> pass(Clock::time_point now = Clock::now())
  {
    if (now - opened_ >= window_) {
      opened_ = now;
      passed_ = 0;
    }
    if (passed_ >= burst_) {
      ++held_;
      return std::nullopt;
    }
    ++passed_;
    return std::exchange(held_, 0);
  }

  // Returns how many were held back in a window that is over, once.
  std::uint64_t end(Clock::time_point now = Clock::now())
  {
    return now - opened_ >= window_ ? std::exchange(held_, 0) : 0;
  }

private:
  std::uint32_t burst_;
  Clock::duration window_;
  Clock::time_point opened_{};
  std::uint32_t passed_ = 0;
  std::uint64_t held_ = 0;
};

} // namespace postbackd::base

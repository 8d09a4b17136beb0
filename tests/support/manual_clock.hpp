#pragma once

#include "base/clock.hpp"

namespace postbackd::test
{

// A clock that advances only by advance().
class ManualClock final : public base::Clock
{
public:
  base::TimePoint now() const override { return now_; }
  void advance(std::chrono::milliseconds time) { now_ += time; }

private:
  base::TimePoint now_ = base::SystemClock().now();
};

} // namespace postbackd::test

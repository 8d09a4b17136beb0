#pragma once

#include <chrono>

namespace postbackd::base
{

// Wall-clock time, UTC, to the millisecond.
using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;

// The source of the time, which a test can replace.
class Clock
{
public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
};

class SystemClock final : public Clock
{
public:
  TimePoint now() const override
  {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
};

} // namespace postbackd::base

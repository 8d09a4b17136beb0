#pragma once

#include <chrono>
#include <string_view>

namespace postbackd::base
{

using Deadline = std::chrono::steady_clock::time_point;

// A part of the daemon that runs. All of them stop side by side: first begin_stop() of each, then stop() of
// each.
class Service
{
public:
  virtual ~Service() = default;

  virtual std::string_view name() const = 0; // for the log
  virtual void start() = 0;
  // Begins nothing new. Does not wait; on any thread.
  virtual void begin_stop() = 0;
  // Waits for what is under way until the deadline, then ends it. Returns false when something is still
  // running: the process must then end without it. Once, and also without start().
  virtual bool stop(Deadline deadline) = 0;
};

} // namespace postbackd::base

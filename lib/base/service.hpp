#pragma once

#include <chrono>
#include <string_view>

namespace postbackd::base
{

using Deadline = std::chrono::steady_clock::time_point;

// A running part of the daemon. All services stop in parallel: begin_stop() is called on each, then stop() on
// each.
class Service
{
public:
  virtual ~Service() = default;

  virtual std::string_view name() const = 0; // for the log
  virtual void start() = 0;
  // Stops the service from beginning new work. Does not wait. Callable on any thread.
  virtual void begin_stop() = 0;
  // Waits until the deadline for work under way, then ends it. Returns false if something is still running:
  // the process must then end without it. Call once, even without start().
  virtual bool stop(Deadline deadline) = 0;
};

} // namespace postbackd::base

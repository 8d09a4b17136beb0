#pragma once

namespace postbackd::store
{

// The tasks that only one process of a store may do at a time.
enum class Duty { deliver, ask, keep };

// For each duty one process of a store leads. Leadership ends with the process, however it ends; on a server
// it also ends when the process cannot prolong it. Thread-safe.
class Leadership
{
public:
  virtual ~Leadership() = default;

  // Returns true if this process leads the duty, which it then does as long as leads() says so. Never waits
  // long. Throws base::Failure if it cannot find out.
  virtual bool try_lead(Duty duty) = 0;
  // Returns whether it still does. False comes before another process can lead: whoever hears it stops what
  // it does; a transaction of the duty that is still under way then fails.
  virtual bool leads(Duty duty) = 0;
};

} // namespace postbackd::store

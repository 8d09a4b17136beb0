#pragma once

namespace postbackd::store
{

// The tasks that only one process of a store may do at a time.
enum class Duty { deliver, ask, keep };

// For each duty one process of a store leads. Leadership ends with the process, however it ends.
class Leadership
{
public:
  virtual ~Leadership() = default;

  // Returns true if this process leads the duty, which it then does until it ends. Never waits. Throws
  // base::Failure if it cannot find out.
  virtual bool try_lead(Duty duty) = 0;
};

} // namespace postbackd::store

#pragma once

namespace postbackd::store
{

// What only one process of a store may do at a time.
enum class Duty { deliver, ask, keep };

// For each duty one process of a store leads. Leadership ends with the process, however it ends.
class Leadership
{
public:
  virtual ~Leadership() = default;

  // Returns whether this process has the duty, from now on until it ends. Never waits. Throws base::Failure
  // when that cannot be found out.
  virtual bool try_lead(Duty duty) = 0;
};

} // namespace postbackd::store

#pragma once

#include <functional>
#include <mutex>

namespace postbackd
{

// Calls a function that is set after its callers are built, and removed before they end. Thread-safe.
template<class... Arguments>
class Wakeup
{
public:
  void set(std::function<void(Arguments...)> function)
  {
    const std::lock_guard lock(mutex_);
    function_ = std::move(function);
  }
  // Calls the function, if there is one.
  void operator()(Arguments... arguments) const
  {
    const std::lock_guard lock(mutex_);
    if (function_) function_(arguments...);
  }

private:
  mutable std::mutex mutex_;
  std::function<void(Arguments...)> function_;
};

} // namespace postbackd

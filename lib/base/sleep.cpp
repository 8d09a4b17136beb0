#include "base/sleep.hpp"

#include <condition_variable>
#include <mutex>

namespace postbackd::base
{

void sleep_for(std::chrono::milliseconds time, const std::stop_token& stop)
{
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait_for(lock, stop, time, [] { return false; });
}

} // namespace postbackd::base

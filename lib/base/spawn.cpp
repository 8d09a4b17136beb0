#include "base/spawn.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>

#include "base/log.hpp"

namespace postbackd::base
{

void spawn(const boost::asio::any_io_executor& executor, std::string name, boost::asio::awaitable<void> task)
{
  auto report = [name = std::move(name)](std::exception_ptr failure) {
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& e) {
      log::error("task_failed", {{"task", name}, {"why", e.what()}});
    }
  };
  boost::asio::co_spawn(executor, std::move(task), std::move(report));
}

} // namespace postbackd::base

#include "base/spawn.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>

#include "base/log.hpp"

namespace postbackd::base
{
namespace
{

boost::asio::awaitable<void> call(std::function<void()> function)
{
  function();
  co_return;
}

} // namespace

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

boost::asio::awaitable<void> run_on(boost::asio::any_io_executor executor, std::function<void()> function)
{
  auto task = call(std::move(function));
  co_await boost::asio::co_spawn(executor, std::move(task), boost::asio::use_awaitable);
}

} // namespace postbackd::base

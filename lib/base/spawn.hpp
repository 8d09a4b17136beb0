#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <optional>
#include <string>

namespace postbackd::base
{

// Runs the task on the executor. Logs an exception that leaves it under the task's name; `asio::detached`
// would end the process or swallow the exception.
void spawn(const boost::asio::any_io_executor& executor, std::string name, boost::asio::awaitable<void> task);

// Calls the function on another executor, then resumes the caller on its own. Throws what the function
// throws. Objects that the function refers to must live until then.
boost::asio::awaitable<void> run_on(boost::asio::any_io_executor executor, std::function<void()> function);

// The same for a function that returns a value.
template<class T>
boost::asio::awaitable<T> run_on(boost::asio::any_io_executor executor, std::function<T()> function)
{
  std::optional<T> value;
  std::function<void()> call = [&] { value.emplace(function()); };
  co_await run_on(std::move(executor), std::move(call));
  co_return std::move(*value);
}

} // namespace postbackd::base

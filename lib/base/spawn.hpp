#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <optional>
#include <string>

namespace postbackd::base
{

// Runs the task on the executor. An exception that leaves it is logged under the task's name;
// `asio::detached` would end the process or swallow it.
void spawn(const boost::asio::any_io_executor& executor, std::string name, boost::asio::awaitable<void> task);

// Calls the function on another executor; the caller goes on where it was. What the function throws, this
// throws. What it refers to must live until then.
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

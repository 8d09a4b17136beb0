#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <string>

namespace postbackd::base
{

// Runs the task on the executor. An exception that leaves it is logged under the task's name;
// `asio::detached` would end the process or swallow it.
void spawn(const boost::asio::any_io_executor& executor, std::string name, boost::asio::awaitable<void> task);

} // namespace postbackd::base

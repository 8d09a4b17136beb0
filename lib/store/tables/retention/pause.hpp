#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>

namespace postbackd::store::tables
{

// Waits three times as long as a step took, so that three quarters of the writer's time are left to others;
// at most a second, after a commit that waited for a lock.
boost::asio::awaitable<void> pause_after(std::chrono::steady_clock::duration step);

} // namespace postbackd::store::tables

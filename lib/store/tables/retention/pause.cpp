#include "store/tables/retention/pause.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace postbackd::store::tables
{
namespace
{

namespace asio = boost::asio;
using Duration = std::chrono::steady_clock::duration;

constexpr int pause_steps = 3;
constexpr std::chrono::seconds longest_pause{1};

} // namespace

asio::awaitable<void> pause_after(Duration step)
{
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer pause(executor, std::min<Duration>(pause_steps * step, longest_pause));
  boost::system::error_code ignored;
  co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

} // namespace postbackd::store::tables

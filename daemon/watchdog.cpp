#include "watchdog.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.hpp"
#include "base/spawn.hpp"
#include "service_manager.hpp"

namespace postbackd
{

namespace asio = boost::asio;

namespace
{

constexpr std::chrono::hours for_ever{24 * 366}; // a hung store must stop the pings

} // namespace

void Watchdog::start()
{
  if (const auto period = service_manager::watchdog_period())
    base::spawn(io_.get_executor(), "watchdog", watch(*period));
}

void Watchdog::begin_stop()
{
  stopping_ = true;
  asio::post(io_, [this] { timer_.cancel(); });
}

asio::awaitable<void> Watchdog::watch(std::chrono::microseconds period)
{
  while (!stopping_) {
    const base::TimePoint now = clock_.now();
    const base::Result<void> probed = co_await store_.probe(now, for_ever);
    if (!probed) base::log::error("probe_failed", {{"why", probed.error().message}});
    service_manager::ping_watchdog();
    if (stopping_) co_return; // a stop during the probe cancelled no timer
    boost::system::error_code ignored;
    timer_.expires_after(period);
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

} // namespace postbackd

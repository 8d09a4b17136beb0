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
    const base::Result<void> probed = co_await store_.probe(clock_.now());
    if (!probed) base::log::error("probe_failed", {{"why", probed.error().message}});
    service_manager::ping_watchdog();
    if (stopping_) co_return; // a stop during the probe cancelled no timer
    boost::system::error_code ignored;
    timer_.expires_after(period);
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

} // namespace postbackd

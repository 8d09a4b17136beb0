#include "upkeep.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include "base/log.hpp"
#include "base/spawn.hpp"
#include "service_manager.hpp"
#include "text/time.hpp"

namespace postbackd
{
namespace
{

constexpr std::chrono::hours retention_period{1};
constexpr std::chrono::seconds leftovers_period{1}; // it costs nothing while there are none

constexpr std::chrono::milliseconds objects_period{200};

} // namespace

namespace asio = boost::asio;

void Upkeep::start()
{
  if (const auto period = service_manager::watchdog_period())
    base::spawn(io_.get_executor(), "watch_over_writer", watch_over_writer(*period));
  base::spawn(io_.get_executor(), "remove_old", remove_old());
  base::spawn(io_.get_executor(), "remove_leftovers", remove_leftovers());
  if (objects_) base::spawn(io_.get_executor(), "advance_objects", advance_objects());
}

void Upkeep::stop()
{
  watchdog_timer_.cancel();
  retention_timer_.cancel();
  leftovers_timer_.cancel();
  objects_timer_.cancel();
}

// The ping follows each finished probe of the writer, success or clean error: a hung writer is caught, a full
// disk or a locked file is not punished.
asio::awaitable<void> Upkeep::watch_over_writer(std::chrono::microseconds period)
{
  while (!stopping_) {
    const base::Result<void> probed = co_await store_.probe();
    if (!probed) base::log::error("probe_failed", {{"why", probed.error().message}});
    service_manager::ping_watchdog();
    co_await pause(watchdog_timer_, period);
  }
}

asio::awaitable<void> Upkeep::remove_leftovers()
{
  while (!stopping_) {
    if (tidies_) co_await store_.remove_leftovers();
    co_await pause(leftovers_timer_, leftovers_period);
  }
}

asio::awaitable<void> Upkeep::advance_objects()
{
  std::chrono::steady_clock::duration took{};
  auto advance = [this, &took] {
    const auto start = std::chrono::steady_clock::now();
    try {
      if (tidies_) objects_->advance_objects(clock_.now());
    } catch (const std::exception& e) {
      base::log::error("objects_not_advanced", {{"why", e.what()}});
    }
    took = std::chrono::steady_clock::now() - start;
  };
  while (!stopping_) {
    co_await base::run_on(background_, advance);
    // Many open objects take long to look at: a twentieth of the time at most.
    const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(19 * took);
    co_await pause(objects_timer_, std::max<std::chrono::microseconds>(objects_period, rest));
  }
}

asio::awaitable<void> Upkeep::remove_old()
{
  while (!stopping_) {
    // Without an age only free pages are given back.
    const base::TimePoint time = keep_ ? clock_.now() - *keep_ : base::TimePoint();
    const base::Result<std::int64_t> removed = co_await store_.remove_before(time, stopping_);
    if (!removed)
      base::log::error("not_removed", {{"why", removed.error().message}});
    else if (*removed > 0)
      base::log::info("removed", {{"postbacks", *removed}, {"before", text::format_time(time)}});
    co_await pause(retention_timer_, retention_period);
  }
}

// A stop that came while the caller worked has cancelled no timer.
asio::awaitable<void> Upkeep::pause(asio::steady_timer& timer, std::chrono::microseconds time)
{
  if (stopping_) co_return;
  boost::system::error_code ignored;
  timer.expires_after(time);
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

} // namespace postbackd

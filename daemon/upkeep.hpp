#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <optional>

#include "base/clock.hpp"
#include "store/fanbase_store.hpp"
#include "store/store.hpp"

namespace postbackd
{

// What the daemon does by the clock: pings the watchdog, deletes what is old. All on one I/O thread.
class Upkeep
{
public:
  // What it refers to must outlive it.
  Upkeep(boost::asio::io_context& io, store::PostbackStore& store, const base::Clock& clock,
         const std::atomic<bool>& stopping)
      : io_(io), store_(store), clock_(clock), stopping_(stopping), watchdog_timer_(io), retention_timer_(io),
        leftovers_timer_(io), objects_timer_(io)
  {
  }

  void start();
  // Whether this process is the one that may tidy the store.
  void set_tidies(bool tidies) { tidies_ = tidies; }
  // Before start(): moves the objects of the Fanbase queue on.
  void set_objects(store::FanbaseStore& objects, boost::asio::any_io_executor background)
  {
    objects_ = &objects;
    background_ = std::move(background);
  }
  // After `stopping` was set.
  void stop();
  // How long postbacks are kept; none: for ever.
  void set_keep(std::optional<std::chrono::milliseconds> keep) { keep_ = keep; }

private:
  boost::asio::awaitable<void> watch_over_writer(std::chrono::microseconds period);
  boost::asio::awaitable<void> remove_old();
  boost::asio::awaitable<void> remove_leftovers();
  boost::asio::awaitable<void> advance_objects();
  boost::asio::awaitable<void> pause(boost::asio::steady_timer& timer, std::chrono::microseconds time);

  boost::asio::io_context& io_;
  store::PostbackStore& store_;
  const base::Clock& clock_;
  const std::atomic<bool>& stopping_;
  std::optional<std::chrono::milliseconds> keep_;
  boost::asio::steady_timer watchdog_timer_;
  boost::asio::steady_timer retention_timer_;
  boost::asio::steady_timer leftovers_timer_;
  boost::asio::steady_timer objects_timer_;
  store::FanbaseStore* objects_ = nullptr;
  boost::asio::any_io_executor background_;
  std::atomic<bool> tidies_ = false;
};

} // namespace postbackd

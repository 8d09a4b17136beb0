#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <list>

#include "base/clock.hpp"
#include "base/service.hpp"
#include "configuration/live_configuration.hpp"
#include "store/store.hpp"

namespace postbackd
{

// What is done by the clock: marks queries overdue, deletes what is old, removes orphans, and, where it is
// told to, advances the objects of the Fanbase queue. Only the leader of a store may start it. Runs on one
// I/O thread.
class Maintenance final : public base::Service
{
public:
  // What it refers to must outlive it. `background` runs what waits for the store.
  Maintenance(boost::asio::io_context& io, boost::asio::any_io_executor background, store::Store& store,
              const base::Clock& clock, const Fixed& fixed, const LiveConfiguration& live)
      : io_(io), background_(std::move(background)), store_(store), clock_(clock), fixed_(fixed), live_(live)
  {
  }

  std::string_view name() const override { return "maintenance"; }
  void start() override;
  void begin_stop() override;
  bool stop(base::Deadline) override { return true; } // its tasks end with the io_context

private:
  using Task = boost::asio::awaitable<void> (Maintenance::*)();

  // Runs the task now and then each period, until the stop; a task gets one part in `share` of the time at
  // most.
  boost::asio::awaitable<void> repeat(Task task, std::chrono::milliseconds period, int share);
  boost::asio::awaitable<void> pause(std::chrono::milliseconds time);

  boost::asio::awaitable<void> mark_overdue();
  boost::asio::awaitable<void> remove_old();
  boost::asio::awaitable<void> remove_orphans();
  boost::asio::awaitable<void> advance_objects();
  // How long postbacks are kept; nothing: for ever.
  std::optional<std::chrono::milliseconds> keep() const;

  boost::asio::io_context& io_;
  boost::asio::any_io_executor background_;
  store::Store& store_;
  const base::Clock& clock_;
  const Fixed& fixed_;
  const LiveConfiguration& live_;
  std::list<boost::asio::steady_timer> timers_; // of the tasks that pause; on the I/O thread
  std::atomic<bool> stopping_ = false;
};

} // namespace postbackd

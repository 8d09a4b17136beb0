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
#include "model/clock_witness.hpp"
#include "store/store.hpp"

namespace postbackd
{

// Periodic tasks: marks queries overdue, deletes old postbacks, removes orphans, completes erasures and, if
// configured, advances the objects of the Fanbase queue. Only the leader of a store may start it. Runs on one
// I/O thread.
class Maintenance final : public base::Service
{
public:
  // All references must outlive it. `background` runs work that waits for the store.
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

  // Runs the task now and then once per period, until the stop; a task gets at most 1/`share` of the time.
  boost::asio::awaitable<void> repeat(Task task, std::chrono::milliseconds period, int share);
  boost::asio::awaitable<void> pause(std::chrono::milliseconds time);

  boost::asio::awaitable<void> mark_overdue();
  boost::asio::awaitable<void> end_groups();
  boost::asio::awaitable<void> remove_old();
  boost::asio::awaitable<void> remove_kind(store::OldKind kind, base::TimePoint before, base::TimePoint now);
  boost::asio::awaitable<void> remove_orphans();
  boost::asio::awaitable<void> advance_objects();
  boost::asio::awaitable<void> complete_erasure();
  // Returns whether the clock may delete; says so in the log if not.
  boost::asio::awaitable<bool> believes_clock(base::TimePoint now);

  boost::asio::io_context& io_;
  boost::asio::any_io_executor background_;
  store::Store& store_;
  const base::Clock& clock_;
  const Fixed& fixed_;
  const LiveConfiguration& live_;
  std::list<boost::asio::steady_timer> timers_; // of pausing tasks; used on the I/O thread
  model::ClockWitness witness_;
  std::atomic<bool> stopping_ = false;
};

// Returns what is deleted after which age, for people: `postbacks`, `90d`.
std::vector<std::pair<std::string, std::string>> keep_of(const Reloadable& live);

} // namespace postbackd

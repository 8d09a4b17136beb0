#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <map>

#include "admin/admin_api.hpp"
#include "base/clock.hpp"
#include "base/service.hpp"
#include "http/refusals.hpp"
#include "store/watch_store.hpp"

namespace postbackd
{

// Looks at the process every few seconds as `postbackctl status` does, and notes in the store what it refuses
// and what somebody should look at: the alerts of handlers, and what the other processes of the store show.
// Of the processes with the role keep only the leader may start it.
class Observer final : public base::Service
{
public:
  // All references must outlive it. `sees_store`: this process tells of what all see.
  struct Dependencies {
    admin::AdminApi& admin;
    http::Refusals& refusals;
    store::WatchStore& store;
    const base::Clock& clock;
    boost::asio::any_io_executor background;
    std::string source;
    bool sees_store;
  };
  Observer(boost::asio::io_context& io, Dependencies dependencies)
      : io_(io), dependencies_(std::move(dependencies)), timer_(io)
  {
  }

  std::string_view name() const override { return "observer"; }
  void start() override;
  void begin_stop() override;
  bool stop(base::Deadline) override { return true; } // its task ends with the io_context

private:
  boost::asio::awaitable<void> observe();
  void note(const admin::Status& status);
  // Adds those that were seen a moment ago: what comes and goes is one alert.
  std::vector<store::Alert> calmed(std::vector<store::Alert> seen);

  boost::asio::io_context& io_;
  Dependencies dependencies_;
  boost::asio::steady_timer timer_;
  std::atomic<bool> stopping_ = false;
  using Clock = std::chrono::steady_clock;
  struct Seen {
    store::Alert alert;
    Clock::time_point at;
  };
  std::map<std::pair<std::string, std::string>, Seen> seen_;
  std::vector<store::RefusalCount> unsaved_;
  Clock::time_point sized_at_{};
};

} // namespace postbackd

#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>

#include "base/clock.hpp"
#include "base/service.hpp"
#include "store/postback_store.hpp"

namespace postbackd
{

// Pings systemd's watchdog after each finished probe of the store's writer, success or clean error: this
// catches a hung writer, but not a full disk or a locked file. Does nothing without a watchdog.
class Watchdog final : public base::Service
{
public:
  // All references must outlive it.
  Watchdog(boost::asio::io_context& io, store::PostbackStore& store, const base::Clock& clock)
      : io_(io), store_(store), clock_(clock), timer_(io)
  {
  }

  std::string_view name() const override { return "watchdog"; }
  void start() override;
  void begin_stop() override;
  bool stop(base::Deadline) override { return true; } // its task ends with the io_context

private:
  boost::asio::awaitable<void> watch(std::chrono::microseconds period);

  boost::asio::io_context& io_;
  store::PostbackStore& store_;
  const base::Clock& clock_;
  boost::asio::steady_timer timer_;
  std::atomic<bool> stopping_ = false;
};

} // namespace postbackd

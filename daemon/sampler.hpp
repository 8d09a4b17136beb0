#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>

#include "admin/history.hpp"
#include "admin/metrics.hpp"
#include "base/clock.hpp"
#include "base/service.hpp"
#include "http/refusals.hpp"

namespace postbackd
{

// Notes in the history what the process has done, at the end of each of its steps.
class Sampler final : public base::Service
{
public:
  // All references must outlive it.
  struct Dependencies {
    admin::Metrics& metrics;
    const http::Refusals& refusals;
    const base::Clock& clock;
    admin::History& history;
  };
  Sampler(boost::asio::io_context& io, Dependencies dependencies)
      : io_(io), dependencies_(dependencies), timer_(io)
  {
  }

  std::string_view name() const override { return "sampler"; }
  void start() override;
  void begin_stop() override;
  bool stop(base::Deadline) override { return true; } // its task ends with the io_context

private:
  boost::asio::awaitable<void> sample();
  void note();

  boost::asio::io_context& io_;
  Dependencies dependencies_;
  boost::asio::steady_timer timer_;
  std::atomic<bool> stopping_ = false;
};

} // namespace postbackd

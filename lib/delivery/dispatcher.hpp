#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/service.hpp"
#include "delivery/absent_handler.hpp"
#include "delivery/handler_runner.hpp"

namespace postbackd::delivery
{

// Creates a delivery of each event for each handler that matches it, runs the handlers, and records the
// outcomes: at least once each, whatever crashes. The backlog is on disk, not in memory. Has its own thread;
// only the leader of a store may start it.
class Dispatcher final : public base::Service
{
public:
  struct Options {
    std::function<double()> jitter; // from 0 to 1
    // Called after each attempt with the handler, the outcome and the duration.
    std::function<void(const std::string& handler, const store::DeliveryReport&, std::chrono::nanoseconds)>
        on_attempt;
    // What routing is paced by; a test can replace it.
    std::function<std::chrono::steady_clock::time_point()> ticks = std::chrono::steady_clock::now;
  };

  // All references must outlive it. Construct it before anything is received: new handlers get the events
  // from then on. A handler that cannot be made keeps its deliveries waiting.
  Dispatcher(const std::vector<HandlerConfiguration>& handlers, const HandlerRegistry& registry,
             store::DeliveryStore& store, base::Spool& spool, const base::Clock& clock, Options options);
  ~Dispatcher() override;

  std::string_view name() const override { return "dispatcher"; }
  void start() override;
  void begin_stop() override;
  // Waits for the running deliveries until the deadline, then asks them to stop and waits five seconds more.
  // Returns false if one is still running.
  bool stop(base::Deadline deadline) override;
  // Reports that something may have been committed. Cheap; any thread.
  void wake();
  // Returns the handlers that could not be made yet, and why. Any thread.
  std::map<std::string, std::string> unusable() const { return unusable_of(absent_); }

  // For tests, instead of start(): open() once; each step() is one pass and returns whether it did anything.
  void open();
  bool step();

private:
  void work();
  bool wait_for_work();
  void wait_for_attempts(base::Deadline deadline);
  bool try_step();
  store::DeliveryStore::Step gather();
  void add_attempt(const Attempt& attempt, store::DeliveryStore::Step& step);
  void route(store::DeliveryStore::Step& step);
  void finish(Attempt attempt);
  HandlerRunner& runner_of(const std::string& handler);
  std::size_t running() const;

  store::DeliveryStore& store_;
  base::Spool& spool_;
  const base::Clock& clock_;
  Options options_;
  std::int64_t first_event_; // new handlers get later ones
  std::int64_t routed_ = 0;  // the last event that has its deliveries
  bool opened_ = false;
  std::chrono::steady_clock::time_point next_route_{};
  std::vector<store::DeliveryReport> unrecorded_;
  std::vector<store::HandlerState> unsaved_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool awake_ = false;
  bool stopping_ = false;
  std::vector<Attempt> finished_;
  std::vector<AbsentHandler*> absent_; // of the runners
  std::vector<std::unique_ptr<HandlerRunner>> runners_;
  std::thread thread_;
};

} // namespace postbackd::delivery

#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/file_lock.hpp"
#include "delivery/lane.hpp"

namespace postbackd::delivery
{

// Makes a delivery of each event for each handler that wants it, runs the handlers, and records what became
// of it: at least once for each, whatever crashes. The backlog is on disk, not in memory. One thread of its
// own; one process at a time for a store, another stands by.
class Dispatcher
{
public:
  struct Options {
    std::filesystem::path lock; // a file: who has locked it dispatches
    std::function<double()> jitter;
    std::function<void()> on_open; // this process dispatches from now on
    // An attempt has ended: handler, outcome (done, retry, dead), how long it took.
    std::function<void(const std::string&, const std::string&, std::chrono::nanoseconds)> on_attempt;
  };

  // What it refers to must outlive it. Make it before anything is received: new handlers get what comes from
  // then on. Throws base::Failure with a sentence for people when a handler cannot
  // be made as it is configured.
  Dispatcher(const std::vector<HandlerConfiguration>& handlers, const HandlerRegistry& registry,
             store::DeliveryStore& store, base::Spool& spool, const base::Clock& clock, Options options);
  ~Dispatcher();

  void start();
  // Something may have been committed. Cheap; on any thread.
  void wake();
  // Begins no delivery more and waits for those that run; after the time they are asked to stop, and get five
  // seconds. False when one is running still: the process must then end without it.
  bool stop(std::chrono::milliseconds time);
  // Begins no delivery more; stop() waits. On any thread.
  void begin_stop();

  // For tests, instead of start(): whether this process may dispatch now, and one pass; whether it did
  // something.
  bool open();
  bool step();

private:
  void work();
  bool try_step();
  store::DeliveryStore::Step gather();
  void route(store::DeliveryStore::Step& step);
  void mark_overdue();
  void finish(Finished finished);
  Lane& lane_of(const std::string& handler);
  std::size_t running() const;

  store::DeliveryStore& store_;
  base::Spool& spool_;
  const base::Clock& clock_;
  Options options_;
  base::FileLock lock_;
  std::int64_t first_event_; // new handlers get those behind it
  bool opened_ = false;
  std::chrono::steady_clock::time_point next_overdue_{};
  std::chrono::steady_clock::time_point next_route_{};
  std::vector<store::Report> unrecorded_;
  std::vector<store::HandlerState> unsaved_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool awake_ = false;
  bool stopping_ = false;
  std::vector<Finished> finished_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::thread thread_;
};

} // namespace postbackd::delivery

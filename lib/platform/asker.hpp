#pragma once

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "platform/reconciler.hpp"
#include "platform/submitter.hpp"

namespace postbackd::platform
{

// Submits queued questions and runs recoveries, in the background. No question that the platform accepted is
// submitted twice: `submitting` is on disk before a byte leaves, and what may have been accepted waits for
// its postback or for the log. One thread that decides, a pool that talks. One process at a time for a store.
class Asker
{
public:
  struct Options {
    double rate = 10;                          // requests a second at most
    unsigned concurrency = 4;                  // submissions under way
    model::RetryPolicy retry;                  // of what was not accepted: without an end
    std::chrono::milliseconds timeout{60'000}; // of a submission, as the client has it
    std::function<double()> jitter;
    // The hooks of a query: its own URL below the route, and its own secret.
    std::function<std::string(const std::string& route, const std::string& correlation)> hooks_of;
  };

  // What it refers to must outlive it.
  Asker(const PlatformClient& client, const Reconciler& reconciler, store::QuestionStore& store,
        const base::Clock& clock, Options options);
  ~Asker();

  void start();
  // A question was queued. On any thread.
  void wake();
  // Begins nothing more; stop() waits. On any thread.
  void begin_stop();
  // Waits for the submissions under way, and after the time asks them to end; records what became of them.
  void stop(std::chrono::milliseconds time);

private:
  void work();
  bool try_step();
  bool step();
  std::size_t allowance();
  void submit(const store::Submission& submission);
  void recover(const store::Recovery& recovery);
  void finish(const std::function<void()>& note);
  // Whether there is something under way or to be recorded.
  bool is_busy();

  const PlatformClient& client_;
  const Reconciler& reconciler_;
  store::QuestionStore& store_;
  const base::Clock& clock_;
  Options options_;
  double allowed_ = 1;
  std::chrono::steady_clock::time_point allowed_at_{};
  std::atomic<bool> stopping_ = false;
  std::stop_source stop_; // of submissions
  std::stop_source stop_recoveries_;
  bool failed_ = false; // the last step
  std::mutex mutex_;
  std::condition_variable wake_;
  bool awake_ = false;
  std::size_t submitting_ = 0;
  std::set<std::int64_t> recovering_;
  std::vector<store::Answer> answers_;
  std::vector<store::RecoveryReport> reports_;
  boost::asio::thread_pool pool_;
  std::thread thread_;
};

} // namespace postbackd::platform

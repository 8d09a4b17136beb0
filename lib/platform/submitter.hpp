#pragma once

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "base/service.hpp"
#include "platform/reconciler.hpp"
#include "platform/submission_report.hpp"

namespace postbackd::platform
{

// Sends queued submissions and runs recoveries. No submission that the platform accepted is sent twice:
// `submitting` is on disk before a byte leaves, and one that may have been accepted waits for its postback or
// for the log. One thread decides, a pool talks. Only the leader of a store may start it.
class Submitter final : public base::Service
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
  Submitter(const PlatformClient& client, const Reconciler& reconciler, store::SubmissionStore& store,
            const base::Clock& clock, Options options);
  ~Submitter() override;

  std::string_view name() const override { return "submitter"; }
  void start() override;
  void begin_stop() override;
  // Waits for the submissions under way until the deadline, then cancels them; records what became of them.
  bool stop(base::Deadline deadline) override;
  // A submission was queued. On any thread.
  void wake();

private:
  void work();
  bool try_step();
  bool step();
  std::size_t allowance();
  void submit(const store::ClaimedSubmission& claimed);
  void recover(const store::Recovery& recovery);
  void finish(const std::function<void()>& note);
  // Returns whether something is under way, or not yet recorded.
  bool is_busy();

  const PlatformClient& client_;
  const Reconciler& reconciler_;
  store::SubmissionStore& store_;
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
  std::vector<store::SubmissionReport> answers_;
  std::vector<store::RecoveryReport> reports_;
  boost::asio::thread_pool pool_;
  std::thread thread_;
};

} // namespace postbackd::platform

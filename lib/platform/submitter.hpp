#pragma once

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "base/pace.hpp"
#include "base/service.hpp"
#include "platform/reconciler.hpp"
#include "platform/submission_report.hpp"

namespace postbackd::platform
{

// Sends queued submissions and runs recoveries. Never sends a submission twice that the platform accepted:
// `submitting` is on disk before a byte leaves, and one that may have been accepted waits for its postback or
// for the log. One thread decides, a pool sends. Only the leader of a store may start it.
class Submitter final : public base::Service
{
public:
  struct Options {
    double rate = 10;                          // at most, in requests per second
    unsigned concurrency = 4;                  // submissions under way
    model::RetryPolicy retry;                  // of submissions that were not accepted; without a limit
    std::chrono::milliseconds timeout{60'000}; // of a submission, as configured in the client
    std::chrono::milliseconds account_pause{
        10'000}; // between two tries while the platform refuses our account
    std::function<double()> jitter;
    // Returns how many submissions of a client may be at the platform, for those that have a bound.
    std::function<std::map<std::string, std::size_t>()> most_of_clients = [] {
      return std::map<std::string, std::size_t>();
    };
    // Returns the hooks of a query: its own URL below the route, and its own secret.
    std::function<std::string(const std::string& route, const std::string& correlation)> hooks_of;
  };

  // All references must outlive it.
  Submitter(const PlatformClient& client, const Reconciler& reconciler, store::SubmissionStore& store,
            const base::Clock& clock, Options options);
  ~Submitter() override;

  std::string_view name() const override { return "submitter"; }
  void start() override;
  void begin_stop() override;
  // Waits a second, at most until the deadline, for the submissions under way, then cancels them; records
  // their outcomes.
  bool stop(base::Deadline deadline) override;
  // Reports that a submission was queued. Any thread.
  void wake();
  // The code with which the platform last refused our account; empty once it has taken a submission again.
  // Any thread.
  std::string account_refused();
  // While the platform takes no submission, after two attempts: since when, and what the last one met. Any
  // thread.
  struct Silence {
    base::TimePoint since;
    std::string why;
    base::TimePoint last; // attempt
  };
  std::optional<Silence> silence();

private:
  void work();
  bool try_step();
  bool step();
  std::size_t most_submissions(std::size_t allowed);
  void note_account(const Acknowledgement& acknowledgement);
  void note_silence(const Acknowledgement& acknowledgement);
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
  base::Pace pace_;
  std::atomic<bool> stopping_ = false;
  std::stop_source stop_; // of submissions
  std::stop_source stop_recoveries_;
  bool failed_ = false; // the last step did
  std::mutex mutex_;
  std::condition_variable wake_;
  bool awake_ = false;
  std::size_t submitting_ = 0;
  std::string account_refused_; // while it is not empty, one submission at a time tries
  std::chrono::steady_clock::time_point tried_at_{};
  std::optional<Silence> silence_;
  std::set<std::int64_t> recovering_;
  std::vector<store::SubmissionReport> answers_;
  std::vector<store::RecoveryReport> reports_;
  boost::asio::thread_pool pool_;
  std::thread thread_;
};

} // namespace postbackd::platform

#include "platform/submitter.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <pthread.h>
#include <utility>

#include "base/log.hpp"

namespace postbackd::platform
{
namespace
{

using Clock = std::chrono::steady_clock;

// How often to look for other programs' submissions and for due work.
constexpr std::chrono::milliseconds look_period{100};
// Between two attempts at a platform that takes nothing.
constexpr std::chrono::minutes longest_pause{90};
// Requests of so many seconds may leave at once.
constexpr double saved = 0.25;
constexpr double look = 0.1; // as look_period
// One at a time: each may hold a result of 100 MB.
constexpr std::size_t most_recoveries = 1;
// The time that a submission may take in addition to its timeout.
constexpr std::chrono::seconds submission_slack{5};
constexpr std::chrono::milliseconds stop_period{20};
constexpr std::chrono::seconds last_moments{5};
// A stop waits so long for acknowledgements. `submitting` is on disk: what comes later is found by its own
// URL or in the log, and a restart must not take longer.
constexpr std::chrono::seconds patience{1};

// Not the platform's own text, which may quote the query.
std::string why_of(const Acknowledgement& acknowledgement)
{
  return acknowledgement.code ? fmt::format("code {}", *acknowledgement.code) : acknowledgement.message;
}

} // namespace

Submitter::Submitter(const PlatformClient& client, const Reconciler& reconciler,
                     store::SubmissionStore& store, const base::Clock& clock, Options options)
    : client_(client), reconciler_(reconciler), store_(store), clock_(clock), options_(std::move(options)),
      pace_(options_.rate, saved, look), pool_(options_.concurrency + most_recoveries)
{
}

Submitter::~Submitter() { stop(Clock::now()); }

void Submitter::start()
{
  thread_ = std::thread([this] { work(); });
  pthread_setname_np(thread_.native_handle(), "submitter");
}

void Submitter::wake()
{
  finish([this] { awake_ = true; });
}

void Submitter::begin_stop()
{
  stopping_ = true;
  stop_recoveries_.request_stop(); // they start again at the next start of the daemon
  wake();
}

bool Submitter::stop(base::Deadline deadline)
{
  begin_stop();
  if (thread_.joinable()) thread_.join();
  const auto wait_until = [this](base::Deadline end) {
    while (is_busy() && Clock::now() < end)
      if (!try_step()) std::this_thread::sleep_for(stop_period);
  };
  wait_until(std::min(deadline, Clock::now() + patience));
  stop_.request_stop();
  pool_.join();
  wait_until(Clock::now() + last_moments);
  return true; // requests end when a stop is requested
}

bool Submitter::is_busy()
{
  const std::lock_guard lock(mutex_);
  return submitting_ > 0 || !recovering_.empty() || !answers_.empty() || !reports_.empty();
}

void Submitter::work()
{
  while (!stopping_) {
    while (!stopping_ && try_step()) {
    }
    std::unique_lock lock(mutex_);
    // After a failure, always waits the whole period.
    wake_.wait_for(lock, look_period, [this] {
      return stopping_ || (!failed_ && (awake_ || !answers_.empty() || !reports_.empty()));
    });
    awake_ = false;
  }
}

// Makes one pass. After a failure of the store, the next pass tries again.
bool Submitter::try_step()
{
  try {
    const bool did = step();
    failed_ = false;
    return did;
  } catch (const std::exception& e) {
    if (!std::exchange(failed_, true)) base::log::error("submitter", {{"why", e.what()}});
    return false;
  }
}

bool Submitter::step()
{
  store::SubmissionStore::Step step;
  step.allowance = options_.timeout + submission_slack;
  const bool begins = !stopping_;
  const std::size_t allowed = begins ? pace_.allowed() : 0;
  {
    const std::lock_guard lock(mutex_);
    step.answers = answers_;
    step.reports = reports_;
    step.running.assign(recovering_.begin(), recovering_.end());
    step.most_submissions = most_submissions(allowed);
    if (begins && recovering_.size() < most_recoveries && allowed > 0)
      step.most_recoveries = most_recoveries - recovering_.size();
  }
  step.most_of_clients = options_.most_of_clients();
  const base::TimePoint now = clock_.now();
  if (step.answers.empty() && step.reports.empty() && !store_.has_work(step, now)) return false;
  const auto work = store_.advance(step, now);
  {
    const std::lock_guard lock(mutex_);
    answers_.erase(answers_.begin(), answers_.begin() + static_cast<std::ptrdiff_t>(step.answers.size()));
    reports_.erase(reports_.begin(), reports_.begin() + static_cast<std::ptrdiff_t>(step.reports.size()));
    submitting_ += work.submissions.size();
    for (const store::Recovery& recovery : work.recoveries)
      recovering_.insert(recovery.query);
  }
  pace_.take(work.submissions.size() + work.recoveries.size());
  for (const store::ClaimedSubmission& claimed : work.submissions)
    boost::asio::post(pool_, [this, claimed] { submit(claimed); });
  for (const store::Recovery& recovery : work.recoveries)
    boost::asio::post(pool_, [this, recovery] { recover(recovery); });
  // What is due and not allowed to leave is looked at again after a while.
  return !work.submissions.empty() || !work.recoveries.empty() || work.did_more || !step.answers.empty() ||
         !step.reports.empty();
}

// While the account is refused, each submission would be too: one at a time asks whether it is in order
// again.
std::size_t Submitter::most_submissions(std::size_t allowed)
{
  if (account_refused_.empty()) return std::min<std::size_t>(allowed, options_.concurrency - submitting_);
  const bool may_try = allowed > 0 && submitting_ == 0 && Clock::now() - tried_at_ >= options_.account_pause;
  return may_try ? 1 : 0;
}

std::string Submitter::account_refused()
{
  const std::lock_guard lock(mutex_);
  return account_refused_;
}

std::optional<Submitter::Silence> Submitter::silence()
{
  const std::lock_guard lock(mutex_);
  return silence_ && silence_->last > silence_->since ? silence_ : std::nullopt;
}

void Submitter::note_silence(const Acknowledgement& acknowledgement)
{
  using Outcome = Acknowledgement::Outcome;
  const bool has_answered =
      acknowledgement.outcome == Outcome::accepted || acknowledgement.outcome == Outcome::refused;
  const base::TimePoint now = clock_.now();
  const std::lock_guard lock(mutex_);
  // One that was met long before is no part of this one.
  if (has_answered || (silence_ && now - silence_->last > longest_pause)) silence_.reset();
  if (!has_answered) silence_ = Silence{silence_ ? silence_->since : now, why_of(acknowledgement), now};
}

void Submitter::note_account(const Acknowledgement& acknowledgement)
{
  const std::string why = why_of(acknowledgement);
  const std::lock_guard lock(mutex_);
  if (acknowledgement.account_refused) {
    if (account_refused_.empty())
      base::log::error("account_refused",
                       {{"why", why}, {"consequence", "submissions wait; one at a time tries"}});
    account_refused_ = why;
    tried_at_ = Clock::now();
  } else if (acknowledgement.code && !account_refused_.empty()) {
    base::log::info("account_accepted");
    account_refused_.clear();
  }
}

void Submitter::submit(const store::ClaimedSubmission& claimed)
{
  Acknowledgement acknowledgement{.outcome = Acknowledgement::Outcome::not_accepted};
  try {
    const std::string hooks = options_.hooks_of(claimed.route, claimed.correlation);
    acknowledgement.outcome = Acknowledgement::Outcome::unknown; // from here on, bytes may have left
    acknowledgement = client_.submit(claimed.submission, hooks, stop_.get_token());
  } catch (const std::exception& e) {
    acknowledgement.message = e.what();
  }
  const store::SubmissionReport answer =
      report_of(claimed, acknowledgement, options_.retry, clock_.now(), options_.jitter());
  note_account(acknowledgement);
  note_silence(acknowledgement);
  finish([&] {
    --submitting_;
    answers_.push_back(answer);
  });
}

void Submitter::recover(const store::Recovery& recovery)
{
  const store::RecoveryReport report = reconciler_.recover(recovery, stop_recoveries_.get_token());
  finish([&] {
    recovering_.erase(recovery.query);
    // A search that the shutdown interrupted is made again.
    if (!stopping_ || report.outcome == store::RecoveryReport::Outcome::found) reports_.push_back(report);
  });
}

void Submitter::finish(const std::function<void()>& note)
{
  {
    const std::lock_guard lock(mutex_);
    note();
  }
  wake_.notify_one();
}

} // namespace postbackd::platform

#include "submit_batch.hpp"

#include <fmt/format.h>

#include <deque>
#include <filesystem>
#include <iostream>
#include <thread>
#include <unistd.h>

#include "batch_file.hpp"
#include "command.hpp"
#include "submissions.hpp"

namespace postbackd::ctl
{
namespace
{

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds poll_period{200};
constexpr std::size_t most_reported = 20;   // wrong lines
constexpr std::size_t most_looked_at = 500; // in one round

// Counts the submissions of the file. Throws base::Failure with its wrong lines.
std::size_t check(const BatchOptions& options)
{
  BatchFile file(options);
  std::size_t count = 0;
  std::size_t wrong = 0;
  std::string problems;
  for (bool more = true; more;) {
    try {
      more = file.next().has_value();
      count += more;
    } catch (const base::Failure& failure) {
      if (++wrong <= most_reported) problems += (problems.empty() ? "" : "\n") + std::string(failure.what());
    }
  }
  if (wrong > most_reported) problems += fmt::format("\n… and {} more lines", wrong - most_reported);
  if (wrong > 0) throw base::Failure(base::Errc::invalid, problems);
  return count;
}

struct Totals {
  std::size_t known = 0;
  std::size_t acknowledged = 0;
  std::size_t answered = 0;
  std::size_t unacknowledged = 0;
  std::size_t failed = 0;
};

class Batch
{
public:
  Batch(const Configuration& configuration, const BatchOptions& options, std::size_t total)
      : options_(options), total_(total), submissions_(open_submissions(configuration))
  {
  }

  void enqueue()
  {
    BatchFile file(options_);
    std::vector<model::Submission> submissions;
    for (auto submission = file.next(); submission; submission = file.next()) {
      submissions.push_back(std::move(*submission));
      if (submissions.size() == rows_of_a_step) enqueue(submissions);
    }
    enqueue(submissions);
  }

  void await()
  {
    while (!open_.empty()) {
      look();
      show();
      if (!open_.empty()) std::this_thread::sleep_for(poll_period);
    }
    if (shown_) std::cerr << "\r\033[K";
  }

  const Totals& totals() const { return totals_; }
  std::size_t count_open() const { return open_.size(); }
  // Returns whether a daemon sends queued submissions.
  bool is_led() { return submissions_->are_sent(); }

private:
  void enqueue(std::vector<model::Submission>& submissions)
  {
    if (submissions.empty()) return;
    const auto queued = submissions_->enqueue(submissions);
    for (std::size_t i = 0; i < queued.size(); ++i) {
      const store::Enqueued& each = queued[i];
      if (!each.belongs_to_another.empty())
        throw base::Failure(base::Errc::invalid, fmt::format("the key '{}' belongs to a different submission",
                                                             *submissions[i].key));
      totals_.known += !each.is_new;
      open_.push_back(each.correlation);
    }
    submissions.clear();
  }

  // Checks the oldest at the front; moves those not done to the back.
  void look()
  {
    for (std::size_t i = std::min(open_.size(), most_looked_at); i > 0; --i) {
      const std::string correlation = std::move(open_.front());
      open_.pop_front();
      const auto state = submissions_->find(correlation);
      if (state && !note(*state)) open_.push_back(correlation);
    }
  }

  // Returns whether it is done.
  bool note(const store::QueryRecord& query)
  {
    if (query.receipt) return ++totals_.answered, true;
    if (model::is_given_up(query.state)) return ++totals_.failed, true;
    if (options_.wait || query.state == model::QueryState::queued) return false;
    if (!query.query_id.empty()) return ++totals_.acknowledged, true;
    return !query.message.empty() && (++totals_.unacknowledged, true);
  }

  void show()
  {
    if (::isatty(STDERR_FILENO) != 1) return;
    shown_ = true;
    const std::size_t done = total_ - open_.size();
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    const double rate = static_cast<double>(done) / std::max(seconds, 0.001);
    const std::size_t filled = total_ == 0 ? 0 : 30 * done / total_;
    std::cerr << fmt::format("\r[{}{}] {} of {}, {:.0f}/s, {:.0f} s left \033[K", std::string(filled, '#'),
                             std::string(30 - filled, '.'), done, total_, rate,
                             rate > 0 ? static_cast<double>(open_.size()) / rate : 0)
              << std::flush;
  }

  const BatchOptions& options_;
  std::size_t total_;
  std::unique_ptr<Submissions> submissions_;
  std::deque<std::string> open_;
  Totals totals_;
  Clock::time_point start_ = Clock::now();
  bool shown_ = false;
};

} // namespace

int submit_batch(const Configuration& configuration, const BatchOptions& options)
{
  const std::size_t total = check(options);
  Batch batch(configuration, options, total);
  batch.enqueue();
  if (!batch.is_led()) {
    std::cerr << fmt::format(
        "postbackctl: postbackd is not running: {} submissions are on disk, and will be sent when it runs\n",
        batch.count_open());
    return exit_not_yet;
  }
  batch.await();
  const Totals& totals = batch.totals();
  std::cout << fmt::format(
      "{} submissions: {} were known before, {} acknowledged, {} answered, {} without an "
      "acknowledgement, {} failed or lost\n",
      total, totals.known, totals.acknowledged, totals.answered, totals.unacknowledged, totals.failed);
  return totals.failed > 0 ? 1 : 0;
}

} // namespace postbackd::ctl

#include "batch.hpp"

#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <thread>
#include <unistd.h>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/question_queue.hpp"
#include "text/json_document.hpp"
#include "text/time.hpp"

namespace postbackd
{
namespace
{

using store::sqlite::Connection;
using Clock = std::chrono::steady_clock;

// A transaction of ours: some milliseconds, so that the daemon does not wait.
constexpr std::size_t at_once = 200;
constexpr std::chrono::milliseconds look_period{200};
constexpr int exit_not_yet = 75; // EX_TEMPFAIL

std::optional<std::string> text_of(const text::JsonNode& node)
{
  return node.present() ? std::optional(std::string(node.text())) : std::nullopt;
}

// The questions of a file, one after the other.
class BatchFile
{
public:
  BatchFile(const BatchOptions& options) : options_(options), file_(options.file)
  {
    // It is read twice.
    if (!file_ || !std::filesystem::is_regular_file(options.file))
      throw base::Failure(base::Errc::not_found,
                          fmt::format("'{}' is no file that can be read", options.file));
  }

  std::optional<model::Question> next()
  {
    for (std::string line; std::getline(file_, line);) {
      ++number_;
      if (line.find_first_not_of(" \t\r") != std::string::npos) return read(line);
    }
    return std::nullopt;
  }

private:
  [[noreturn]] void fail(const std::string& what) const
  {
    throw base::Failure(base::Errc::invalid, fmt::format("{}:{}: {}", options_.file, number_, what));
  }

  model::Question read(const std::string& line)
  {
    const auto document = text::JsonDocument::parse(line);
    if (!document || !document->root().is_object())
      fail(R"(expected a JSON object such as {"api":"people","datasets":"basic_data","q":"doc{…}"})");
    const text::JsonNode root = document->root();
    model::Question question{.api = std::string(root.find("api").text()),
                             .datasets = std::string(root.find("datasets").text()),
                             .q = std::string(root.find("q").text()),
                             .label = text_of(root.find("label")),
                             .key = text_of(root.find("key")),
                             .deadline = options_.deadline};
    if (const auto deadline = text_of(root.find("deadline"))) {
      const auto duration = text::parse_duration(*deadline);
      if (!duration) fail("deadline: expected a time such as 10m");
      question.deadline = std::chrono::duration_cast<std::chrono::seconds>(*duration);
    }
    if (const std::string problem = model::problem_of(question); !problem.empty()) fail(problem);
    if (!question.key) question.key = key_of(question);
    return question;
  }

  // A line that stands there twice is two questions.
  std::string key_of(const model::Question& question)
  {
    const std::string content = fmt::format("{}\n{}\n{}\n{}\n{}", options_.run, question.api,
                                            question.datasets, question.q, question.label.value_or(""));
    const std::string digest = base::to_hex(base::sha256(content));
    return fmt::format("batch:{}:{}", digest, ++seen_[digest]);
  }

  const BatchOptions& options_;
  std::ifstream file_;
  std::size_t number_ = 0;
  std::map<std::string, int> seen_;
};

std::size_t check(const BatchOptions& options)
{
  BatchFile file(options);
  std::size_t count = 0;
  while (file.next())
    ++count;
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
      : configuration_(configuration), options_(options), total_(total),
        connection_({configuration.store.path, configuration.store.busy_timeout}, Connection::Mode::existing)
  {
  }

  void enqueue()
  {
    BatchFile file(options_);
    std::vector<model::Question> questions;
    for (auto question = file.next(); question; question = file.next()) {
      questions.push_back(std::move(*question));
      if (questions.size() == at_once) enqueue(questions);
    }
    enqueue(questions);
  }

  void await()
  {
    while (!open_.empty()) {
      look();
      show();
      if (!open_.empty()) std::this_thread::sleep_for(look_period);
    }
    if (shown_) std::cerr << "\r\033[K";
  }

  const Totals& totals() const { return totals_; }
  std::size_t count_open() const { return open_.size(); }

private:
  void enqueue(std::vector<model::Question>& questions)
  {
    if (questions.empty()) return;
    SQLite::Transaction transaction(connection_.database(), SQLite::TransactionBehavior::IMMEDIATE);
    const auto queued = store::sqlite::enqueue(connection_.database(), questions,
                                               configuration_.platform->route, base::SystemClock().now());
    transaction.commit();
    for (std::size_t i = 0; i < queued.size(); ++i) {
      const store::Queued& each = queued[i];
      if (each.is_another)
        throw base::Failure(base::Errc::invalid,
                            fmt::format("the key '{}' belongs to another question", *questions[i].key));
      totals_.known += !each.is_new;
      open_.push_back(each.correlation);
    }
    questions.clear();
  }

  // Those at the front are the oldest: what is not done goes to the back.
  void look()
  {
    for (std::size_t i = std::min<std::size_t>(open_.size(), 2'000); i > 0; --i) {
      const std::string correlation = std::move(open_.front());
      open_.pop_front();
      const auto state = store::sqlite::find_query_state(connection_.database(), correlation);
      if (state && !note(*state)) open_.push_back(correlation);
    }
  }

  // Whether it is done.
  bool note(const store::QueryState& state)
  {
    if (state.receipt) return ++totals_.answered, true;
    if (state.state == "failed" || state.state == "lost") return ++totals_.failed, true;
    if (options_.wait || state.state == "queued") return false;
    if (!state.query_id.empty()) return ++totals_.acknowledged, true;
    return !state.message.empty() && (++totals_.unacknowledged, true);
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

  const Configuration& configuration_;
  const BatchOptions& options_;
  std::size_t total_;
  Connection connection_;
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
  if (!options.daemon_runs) {
    std::cerr << fmt::format(
        "postbackctl: postbackd is not running: {} questions are on disk, and are asked when it "
        "runs\n",
        batch.count_open());
    return exit_not_yet;
  }
  batch.await();
  const Totals& totals = batch.totals();
  std::cout << fmt::format("{} questions: {} were known before, {} acknowledged, {} answered, {} without an "
                           "acknowledgement, {} failed or lost\n",
                           total, totals.known, totals.acknowledged, totals.answered, totals.unacknowledged,
                           totals.failed);
  return totals.failed > 0 ? 1 : 0;
}

} // namespace postbackd

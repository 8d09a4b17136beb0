#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/question.hpp"

namespace postbackd::store
{

// A question that is on disk.
struct Queued {
  std::string correlation; // names its query for ever
  bool is_new = false;     // false: one with this key is there already, and nothing changed
  bool is_another = false; // that one has another api, datasets or q
};

// A question that is to be submitted now: `submitting` is on disk.
struct Submission {
  std::string correlation;
  std::string route;
  model::Question question;
  int attempt = 0; // from 1
};

// What the platform has said to a submission.
struct Answer {
  enum class Outcome {
    accepted,     // query_id may be empty: it is acknowledged, but not named
    refused,      // it is failed
    not_accepted, // it is queued again, until next_attempt_at
    unknown,      // it may have been accepted: its postback or the log will tell
  };
  std::string correlation;
  int attempt = 0; // of the submission: a later one is not touched
  Outcome outcome = Outcome::unknown;
  std::string query_id;
  std::optional<std::int64_t> code;
  std::string message;
  base::TimePoint next_attempt_at;
};

// A query whose result is to be fetched from the log.
struct Recovery {
  std::int64_t query = 0;
  std::string correlation; // as the others, empty where nothing is known
  std::string query_id;
  std::string route;
  std::string api;
  std::string datasets;
  std::string q;            // of a question of ours
  std::string submitted_at; // text::format_time: the first that may have been accepted
  bool asked_again = false;
  int attempt = 0; // from 1: complete looks at the log
};

// What became of it. What was found is kept as a postback before it is reported.
struct RecoveryReport {
  enum class Outcome { found, later, lost, ask_again };
  std::int64_t query = 0;
  Outcome outcome = Outcome::found;
  std::string error; // for people
  base::TimePoint next_attempt_at;
  bool counts = true; // the log was read as a whole
};

enum class Adoption {
  adopted,
  owned,    // by another query
  disputed, // another question of the same words, asked closer before it, still waits to learn its QueryId
};

// What is known of a query, asked by us or not; absent texts are empty.
struct QueryState {
  std::string correlation;
  std::string query_id;
  std::string state;
  std::string label;
  std::string api;
  std::string datasets;
  std::string created_at;
  std::string deadline_at;
  std::string answered_at;
  std::string status; // of its result
  std::optional<std::int64_t> receipt;
  std::optional<std::int64_t> code; // what the platform has said to the question
  std::string message;
};

// Questions and recoveries. Blocking. Everything throws base::Failure when the store cannot do it now; then
// nothing has happened.
class QuestionStore
{
public:
  virtual ~QuestionStore() = default;

  // All or none of them; `route` is where their results are to go. A question with a known key that the
  // platform has refused is queued again. Thread-safe.
  virtual std::vector<Queued> enqueue(const std::vector<model::Question>& questions, const std::string& route,
                                      base::TimePoint now) = 0;

  // One transaction: what has been answered and reported, then at most so much work. What runs already
  // (`running`) is not given again. One thread.
  struct Step {
    std::vector<Answer> answers;
    std::vector<RecoveryReport> reports;
    std::size_t most_submissions = 0;
    std::chrono::milliseconds allowance{
        0}; // how long a submission may be under way: it is not overdue before
    std::size_t most_recoveries = 0;
    std::vector<std::int64_t> running; // queries that are being recovered
  };
  struct Work {
    std::vector<Submission> submissions;
    std::vector<Recovery> recoveries;
  };
  virtual bool has_work(const Step& step, base::TimePoint now) = 0;
  virtual Work advance(const Step& step, base::TimePoint now) = 0;

  // By a correlation or by a QueryId. Thread-safe.
  virtual std::optional<QueryState> find(const std::string& id) = 0;

  // Gives the query of this correlation the QueryId of a record of the log that was asked at this time,
  // unless another query has it, or may. Thread-safe.
  virtual Adoption adopt(const std::string& correlation, const std::string& query_id,
                         base::TimePoint asked_at) = 0;
};

} // namespace postbackd::store

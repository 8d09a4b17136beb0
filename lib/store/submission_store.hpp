#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/query.hpp"
#include "model/submission.hpp"

namespace postbackd::store
{

// A submission that is on disk.
struct Enqueued {
  std::string correlation; // names its query for ever
  std::int64_t row = 0;    // of the query: QueryRecord::row
  bool is_new = false;     // false: one with this key exists already, and nothing changed
  // Names what is given and belongs to a different query, which stays as it is: "key", "query_id" or "id";
  // empty if nothing does.
  std::string_view belongs_to_another{};
  bool is_unknown = false;  // nobody made this correlation for hooks, and nothing was registered
  bool is_served = false;   // new, and an equal submission answers it: it is not sent itself
  bool is_answered = false; // by one that has its result
  model::Budget::Exceeded exceeded =
      model::Budget::Exceeded::none; // nothing was registered: it would cost too much
};

// A submission to send now; its state `submitting` is on disk.
struct ClaimedSubmission {
  std::string correlation;
  std::string route;
  model::Submission submission;
  int attempt = 0; // from 1
};

// The platform's answer to a submission.
struct SubmissionReport {
  std::string correlation;
  int attempt = 0; // the report does not affect a later attempt
  model::SubmissionOutcome outcome = model::SubmissionOutcome::unknown;
  std::string query_id; // may be empty, even when accepted
  std::optional<std::int64_t> code;
  std::string message;             // for people
  base::TimePoint next_attempt_at; // when not accepted
};

// A query whose result must be fetched from the platform's log.
struct Recovery {
  std::int64_t query = 0;  // its row
  std::string correlation; // may be empty, like query_id
  std::string query_id;
  std::string route;
  std::string api;
  std::string datasets;
  std::string q;                               // of a submission of ours
  std::optional<base::TimePoint> submitted_at; // the first attempt that may have been accepted
  bool resubmitted = false;
  bool recover = false; // it is submitted once the log has no record of it
  int attempt = 0;      // complete searches of the log, from 1
  std::string trace;    // TraceContext::text
};

// The outcome of a search. A result found is kept as a postback before the report.
struct RecoveryReport {
  enum class Outcome { found, later, lost, resubmit };
  std::int64_t query = 0;
  Outcome outcome = Outcome::found;
  std::string error; // for people
  base::TimePoint next_attempt_at;
  bool counts = true; // the log was read completely
};

// The outcome of giving a QueryId to a query.
enum class Adoption {
  adopted,
  owned,    // another query has it
  disputed, // an equal submission, sent closer before that time, still waits for its QueryId
  ambiguous // so does one of the same `q` with other parameters, which the log does not show
};

// A query, submitted by us or not; absent texts are empty.
struct QueryRecord {
  std::int64_t row = 0;
  std::string correlation;
  std::string query_id;
  model::QueryState state = model::QueryState::pending;
  std::string label;
  std::string key;
  std::string metadata; // a JSON object
  std::string group;
  std::string trace; // TraceContext::text
  std::string client;
  std::string api;
  std::string datasets;
  base::TimePoint created_at;
  std::optional<base::TimePoint> deadline_at;
  std::optional<base::TimePoint> answered_at;
  std::string status; // of its result
  std::optional<std::int64_t> receipt;
  std::optional<std::int64_t> code; // the platform's answer to the submission
  std::string message;
  std::optional<base::TimePoint> closed_at; // by an operator, and why
  std::string reason;
  std::optional<base::TimePoint> erased_at; // on request: what it says of a person is gone
  std::string served_from;   // the id of the equal submission whose result it has, or waits for
  std::string source_client; // whose that is
  bool is_shared = false;    // it has one, which the viewer may not see

  // Names the query from its registration on.
  const std::string& id() const { return correlation.empty() ? query_id : correlation; }
};

// Submissions and recoveries. Blocking. Every function throws base::Failure when the store cannot do it now;
// then nothing has happened.
class SubmissionStore
{
public:
  virtual ~SubmissionStore() = default;

  // One transaction: records the reports, then claims work up to the limits, except what is `running`. One
  // thread.
  struct Step {
    std::vector<SubmissionReport> answers;
    std::vector<RecoveryReport> reports;
    std::size_t most_submissions = 0;
    std::map<std::string, std::size_t>
        most_of_clients{};                  // that may be at the platform; a client without one: any
    std::chrono::milliseconds allowance{0}; // how long an attempt may take before it is overdue
    std::size_t most_recoveries = 0;
    std::vector<std::int64_t> running; // queries whose recovery is under way
  };
  struct Work {
    std::vector<ClaimedSubmission> submissions;
    std::vector<Recovery> recoveries;
    bool did_more = false; // ended queries that joined or expired: there may be others
  };
  virtual bool has_work(const Step& step, base::TimePoint now) = 0;
  virtual Work advance(const Step& step, base::TimePoint now) = 0;

  // Makes queries that are `recovering` overdue again: for a process that does not look into the log.
  virtual void rest_recoveries() = 0;

  // Assigns the QueryId of a log record to this query, unless another query owns it or might. `submitted_at`
  // is the time of the record. Thread-safe.
  virtual Adoption adopt(const std::string& correlation, const std::string& query_id,
                         base::TimePoint submitted_at, base::TimePoint now) = 0;
};

} // namespace postbackd::store

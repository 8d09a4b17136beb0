#pragma once

#include "store/contract/contract_fixture.hpp"

namespace postbackd::test::contract
{

inline const model::Submission question{
    .api = "people", .datasets = "d", .q = "doc{1}", .deadline = std::chrono::seconds(60)};

struct Recoveries : Contract {
  store::SubmissionStore& submissions() { return store->submissions(); }

  store::Enqueued queue(const model::Submission& submission)
  {
    return run(store->queries().enqueue(submission, "/postback", clock.now())).value();
  }
  std::string enqueue(const model::Submission& submission = question)
  {
    return queue(submission).correlation;
  }
  std::vector<store::ClaimedSubmission> claim()
  {
    return submissions()
        .advance({.most_submissions = 10, .allowance = std::chrono::seconds(5)}, clock.now())
        .submissions;
  }
  void answer(const store::ClaimedSubmission& claimed, model::SubmissionOutcome outcome,
              const std::string& query_id = {})
  {
    store::SubmissionReport report{.correlation = claimed.correlation, .attempt = claimed.attempt};
    report.outcome = outcome;
    report.query_id = query_id;
    report.message = "said";
    report.next_attempt_at = clock.now() + std::chrono::seconds(10);
    submissions().advance({.answers = {report}}, clock.now());
  }
  void share() { submissions().advance({}, clock.now()); }
  store::VisibleQuery seen(const std::string& id)
  {
    return store->queries().find(model::query_name_of(id), {"local", true}).value();
  }
  std::vector<store::Recovery> recoveries()
  {
    return submissions().advance({.most_recoveries = 10}, clock.now()).recoveries;
  }
  void report(const store::Recovery& recovery, store::RecoveryReport::Outcome outcome)
  {
    store::RecoveryReport report{.query = recovery.query, .outcome = outcome};
    report.next_attempt_at = clock.now() + std::chrono::seconds(10);
    submissions().advance({.reports = {report}}, clock.now());
  }
};

} // namespace postbackd::test::contract

// Each query has one end, and a late result is said to be late.
#include "store/contract/recoveries_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace postbackd::test::contract;
using namespace std::chrono_literals;
using model::EventKind;
using model::QueryState;
using model::SubmissionOutcome;
using store::RecoveryReport;

namespace
{

struct Ends : Recoveries {
  // A query whose acknowledgement was lost, and which is looked for in the log.
  std::string missing()
  {
    const std::string id = enqueue();
    answer(claim().at(0), SubmissionOutcome::unknown);
    clock.advance(std::chrono::days(1));
    mark_overdue();
    return id;
  }
  std::string lose()
  {
    const std::string id = missing();
    report(recoveries().at(0), RecoveryReport::Outcome::lost);
    return id;
  }
  bool close(const std::string& id)
  {
    return operators->close({.id = id}, "asked again", 1, false, clock.now()) == 1;
  }
  std::vector<model::Event> events_of(const std::string& id)
  {
    std::vector<model::Event> events = store->deliveries().events_after(0, 1'000);
    std::erase_if(events, [&id](const model::Event& event) { return event.own_id != id; });
    return events;
  }
  std::string kinds_of(const std::string& id)
  {
    std::string text;
    for (const model::Event& event : events_of(id))
      text += (text.empty() ? "" : " ") + std::string(model::to_text(event.kind));
    return text;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(ends, Ends)

BOOST_AUTO_TEST_CASE(a_refused_query_has_failed_with_the_words_of_the_platform)
{
  model::Submission submission = question;
  submission.key = "order-1";
  submission.label = "mine";
  submission.metadata = "{ \"order\" :\n1 }";
  submission.client = "shop";
  const std::string id = enqueue(submission);
  const auto claimed = claim().at(0);
  store::SubmissionReport refusal{.correlation = id, .attempt = claimed.attempt};
  refusal.outcome = SubmissionOutcome::refused;
  refusal.code = -131;
  refusal.message = "INVALID API PARAMETER";
  submissions().advance({.answers = {refusal}}, clock.now());
  submissions().advance({.answers = {refusal}}, clock.now());
  BOOST_REQUIRE(kinds_of(id) == "failed");
  const model::Event event = events_of(id).front();
  BOOST_TEST(event.code.value() == -131);
  BOOST_TEST(event.message == "INVALID API PARAMETER");
  BOOST_TEST(event.key == "order-1");
  BOOST_TEST(event.label == "mine");
  BOOST_TEST(event.metadata == R"({"order":1})"); // on one line
  BOOST_TEST(event.client == "shop");
  BOOST_TEST(event.api == "people");
  keep(result_of("q-1"), id);
  BOOST_TEST(kinds_of(id) == "failed late");
}

BOOST_AUTO_TEST_CASE(a_lost_query_has_one_end_also_when_it_is_closed)
{
  const std::string id = lose();
  BOOST_TEST(kinds_of(id) == "overdue lost");
  BOOST_TEST(close(id));
  BOOST_TEST(kinds_of(id) == "overdue lost");
  keep(result_of("q-1"), id);
  BOOST_TEST(kinds_of(id) == "overdue lost late");
  BOOST_TEST((state(id) == QueryState::answered));
  keep(R"({"QueryId":"q-1","Result":[{"another":1}]})", id);
  BOOST_TEST(kinds_of(id) == "overdue lost late extra"); // which is no end
}

BOOST_AUTO_TEST_CASE(a_closed_query_says_why)
{
  const std::string id = missing();
  BOOST_TEST(close(id));
  BOOST_TEST(!close(id));
  BOOST_TEST(kinds_of(id) == "overdue closed");
  BOOST_TEST(events_of(id).back().message == "asked again");
}

// The result waits without a query until the query of the closed correlation learns its QueryId.
BOOST_AUTO_TEST_CASE(a_late_result_is_late_when_the_registration_matches_it_too)
{
  const std::string id = missing();
  BOOST_TEST(close(id));
  keep(result_of("q-1"));
  registers("q-1", id);
  BOOST_TEST((state("q-1") == QueryState::answered));
  BOOST_TEST(kinds_of(id) == "overdue closed late");
}

BOOST_AUTO_TEST_CASE(a_query_without_an_id_of_ours_is_named_by_its_query_id)
{
  registers("q-1");
  keep(result_of("q-1"));
  BOOST_TEST(kinds_of("q-1") == "result");
  BOOST_TEST(operators->find("q-1")->id() == "q-1");
}

// The operator closes it while its search is under way.
BOOST_AUTO_TEST_CASE(a_closed_query_is_neither_submitted_again_nor_lost)
{
  using Outcome = RecoveryReport::Outcome;
  for (const Outcome outcome : {Outcome::resubmit, Outcome::lost, Outcome::later}) {
    const std::string id = enqueue();
    answer(claim().at(0), SubmissionOutcome::unknown);
    clock.advance(std::chrono::days(1));
    BOOST_TEST(store->upkeep().mark_overdue(clock.now()).value() == 1);
    const store::Recovery recovery = recoveries().at(0);
    BOOST_TEST((state(id) == QueryState::recovering));
    BOOST_TEST(operators->close({.id = id}, "asked again", 1, false, clock.now()) == 1);
    report(recovery, outcome);
    BOOST_TEST((state(id) == QueryState::closed));
    clock.advance(std::chrono::days(1));
    BOOST_TEST(claim().empty());
    BOOST_TEST(recoveries().empty());
  }
}

BOOST_AUTO_TEST_CASE(a_closed_query_has_no_recovery_left_after_a_merge)
{
  const std::string id = enqueue();
  const auto claimed = claim().at(0);
  registers("q-1");
  clock.advance(11min);
  BOOST_TEST(mark_overdue() == 2);
  BOOST_TEST(operators->close({.id = "q-1"}, "asked again", 1, false, clock.now()) == 1);
  answer(claimed, SubmissionOutcome::accepted, "q-1");
  BOOST_TEST((state("q-1") == QueryState::closed));
  BOOST_TEST(store->postbacks().figures(clock.now()).value().recoveries == 0);
}

BOOST_AUTO_TEST_CASE(lost_queries_are_closed_by_name_only)
{
  const std::string id = enqueue();
  answer(claim().at(0), SubmissionOutcome::unknown);
  clock.advance(std::chrono::days(1));
  BOOST_TEST(store->upkeep().mark_overdue(clock.now()).value() == 1);
  report(recoveries().at(0), RecoveryReport::Outcome::lost);
  BOOST_TEST((state(id) == QueryState::lost));
  BOOST_TEST(operators->close({.deadline_before = clock.now()}, "old", 10, false, clock.now()) == 0);
  BOOST_TEST(operators->close({.id = id}, "asked again", 10, false, clock.now()) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

// Submissions, and what becomes of queries whose result does not come.
#include <set>

#include "store/contract/recoveries_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace postbackd::test::contract;
using namespace std::chrono_literals;
using model::QueryState;
using model::SubmissionOutcome;
using store::Adoption;
using store::RecoveryReport;

BOOST_FIXTURE_TEST_SUITE(recoveries, Recoveries)

BOOST_AUTO_TEST_CASE(a_submission_is_submitting_before_it_leaves_and_then_has_its_answer)
{
  const std::string id = enqueue();
  BOOST_TEST((state(id) == QueryState::queued));
  const auto claimed = claim().at(0);
  BOOST_TEST((state(id) == QueryState::submitting));
  BOOST_TEST(claim().empty());
  answer(claimed, SubmissionOutcome::accepted, "q-1");
  BOOST_TEST((state("q-1") == QueryState::pending));
  BOOST_TEST(operators->find("q-1")->correlation == id);
}

BOOST_AUTO_TEST_CASE(each_answer_has_its_state)
{
  const std::pair<SubmissionOutcome, QueryState> table[] = {
      {SubmissionOutcome::refused, QueryState::failed},
      {SubmissionOutcome::not_accepted, QueryState::queued},
      {SubmissionOutcome::unknown, QueryState::submitting},
      {SubmissionOutcome::accepted,
       QueryState::submitting}, // without a QueryId, as if its acknowledgement was lost
  };
  for (const auto& [outcome, expected] : table) {
    const std::string id = enqueue();
    answer(claim().at(0), outcome);
    BOOST_TEST((state(id) == expected));
    if (outcome != SubmissionOutcome::not_accepted) continue;
    BOOST_TEST(claim().empty()); // not before next_attempt_at
    clock.advance(10s);
    BOOST_TEST(claim().at(0).attempt == 2);
  }
}

BOOST_AUTO_TEST_CASE(the_same_key_is_the_same_submission)
{
  model::Submission keyed = question;
  keyed.key = "order-1";
  const auto first = queue(keyed);
  const auto again = operators->enqueue({keyed}, "/postback", clock.now()).at(0);
  BOOST_TEST(first.is_new);
  BOOST_TEST(!again.is_new);
  BOOST_TEST(again.correlation == first.correlation);
  keyed.q = "doc{2}";
  BOOST_TEST(queue(keyed).belongs_to_another == "key");
  answer(claim().at(0), SubmissionOutcome::refused);
  keyed.q = "doc{1}";
  BOOST_TEST(!queue(keyed).is_new); // what was refused would be paid
  keyed.again = true;
  const auto anew = queue(keyed);
  BOOST_TEST(anew.is_new);
  BOOST_TEST(anew.correlation != first.correlation);
  BOOST_TEST((state(first.correlation) == QueryState::failed)); // it keeps its end
  BOOST_TEST(queue(keyed).correlation == anew.correlation);     // which waits
}

BOOST_AUTO_TEST_CASE(a_result_that_came_before_the_acknowledgement_stands)
{
  const std::string id = enqueue();
  const auto claimed = claim().at(0);
  keep(result_of("q-1"), id);
  answer(claimed, SubmissionOutcome::accepted, "q-1");
  BOOST_TEST((state("q-1") == QueryState::answered));
}

BOOST_AUTO_TEST_CASE(an_acknowledgement_finds_the_result_that_came_to_the_route)
{
  const std::string id = enqueue();
  const auto claimed = claim().at(0);
  keep(result_of("q-1"));
  BOOST_TEST((state(id) == QueryState::submitting));
  clock.advance(10min);
  answer(claimed, SubmissionOutcome::accepted, "q-1");
  BOOST_TEST((state(id) == QueryState::answered));
  BOOST_TEST((operators->find(id)->answered_at == clock.now()));
}

BOOST_AUTO_TEST_CASE(an_overdue_query_is_recovered_and_a_result_ends_that)
{
  registers("q-1");
  BOOST_TEST(recoveries().empty());
  clock.advance(11min);
  BOOST_TEST(mark_overdue() == 1);
  BOOST_TEST(mark_overdue() == 0);
  BOOST_TEST((state("q-1") == QueryState::overdue));
  BOOST_TEST(events("q-1") == "overdue");
  const auto recovery = recoveries().at(0);
  BOOST_TEST(recovery.query_id == "q-1");
  BOOST_TEST((state("q-1") == QueryState::recovering));
  BOOST_TEST(submissions()
                 .advance({.most_recoveries = 10, .running = {recovery.query}}, clock.now())
                 .recoveries.empty());
  keep(result_of("q-1"));
  BOOST_TEST((state("q-1") == QueryState::answered));
  BOOST_TEST(recoveries().empty());
}

BOOST_AUTO_TEST_CASE(a_notice_and_an_unreadable_result_are_recovered_too_in_both_orders)
{
  registers("noticed");
  keep(notice_of("noticed"));
  registers("broken");
  keep(R"({"QueryId":"broken","Result":[}})");
  keep(R"({"QueryId":"early","Result":[}})");
  registers("early");
  std::set<std::string> ids;
  for (const store::Recovery& recovery : recoveries())
    ids.insert(recovery.query_id);
  BOOST_TEST((ids == std::set<std::string>{"noticed", "broken", "early"}));
}

BOOST_AUTO_TEST_CASE(a_search_ends_found_later_or_lost)
{
  registers("q-1");
  keep(notice_of("q-1"));
  const auto first = recoveries().at(0);
  report(first, RecoveryReport::Outcome::later);
  BOOST_TEST(recoveries().empty());
  clock.advance(10s);
  const auto second = recoveries().at(0);
  BOOST_TEST(second.attempt == 2);
  report(second, RecoveryReport::Outcome::lost);
  BOOST_TEST((state("q-1") == QueryState::lost));
  BOOST_TEST(recoveries().empty());
  model::Postback found = postback(result_of("q-1"));
  found.source = model::PostbackSource::log;
  keep_all({found});
  BOOST_TEST((state("q-1") == QueryState::recovered));
  BOOST_TEST(events("q-1") == "notice lost late");
}

BOOST_AUTO_TEST_CASE(two_rows_that_become_one_keep_their_events_and_their_recovery)
{
  const std::string id = enqueue();
  const auto claimed = claim().at(0);
  clock.advance(10min);
  BOOST_TEST(mark_overdue() == 1);
  BOOST_TEST(recoveries().size() == 1u);
  model::Query query;
  query.label = "theirs";
  registers("q-1", "", query);
  answer(claimed, SubmissionOutcome::accepted, "q-1");
  BOOST_TEST(operators->find(id)->query_id == "q-1");
  BOOST_TEST(operators->find(id)->label == "theirs");
  BOOST_TEST(events("q-1") == "overdue");
  clock.advance(1h);
  BOOST_TEST(recoveries().at(0).query_id == "q-1");
}

BOOST_AUTO_TEST_CASE(a_result_that_the_absorbed_row_had_becomes_extra_where_there_is_one_already)
{
  const std::string id = enqueue();
  const auto claimed = claim().at(0);
  keep(R"({"Result":[{"value":"own"}]})", id);
  registers("q-1");
  keep(result_of("q-1"));
  answer(claimed, SubmissionOutcome::accepted, "q-1");
  BOOST_TEST((state("q-1") == QueryState::answered));
  BOOST_TEST(kinds("q-1") == "extra result");
}

BOOST_AUTO_TEST_CASE(of_two_recoveries_of_one_query_one_is_left)
{
  const std::string id = enqueue();
  const auto claimed = claim().at(0);
  registers("q-1");
  clock.advance(11min);
  BOOST_TEST(mark_overdue() == 2);
  BOOST_TEST(store->postbacks().figures(clock.now()).value().recoveries == 2);
  answer(claimed, SubmissionOutcome::accepted, "q-1");
  BOOST_TEST(store->postbacks().figures(clock.now()).value().recoveries == 1);
  keep(result_of("q-1"));
  BOOST_TEST(store->postbacks().figures(clock.now()).value().recoveries == 0);
}

BOOST_AUTO_TEST_CASE(a_guessed_query_id_never_takes_another_programs_query)
{
  const std::string id = enqueue();
  claim();
  registers("app");
  BOOST_TEST((submissions().adopt(id, "app", clock.now(), clock.now()) == Adoption::owned));
  BOOST_TEST((submissions().adopt(id, "free", clock.now(), clock.now()) == Adoption::adopted));
  BOOST_TEST(operators->find("free")->correlation == id);
}

BOOST_AUTO_TEST_CASE(a_url_never_takes_a_query_that_has_its_own)
{
  registers("q-1", c_1);
  registers("", c_2);
  BOOST_TEST((keep(result_of("q-1"), c_2).kind == model::PostbackKind::unmatched));
  registers("q-1", c_2);
  BOOST_TEST((state("q-1") == QueryState::pending));
  BOOST_TEST((state(c_2) == QueryState::pending));
  BOOST_TEST(operators->find("q-1")->correlation == c_1);
}

BOOST_AUTO_TEST_CASE(an_equal_submission_that_still_waits_for_its_query_id_disputes_it)
{
  const std::string first = enqueue();
  answer(claim().at(0), SubmissionOutcome::unknown);
  clock.advance(10s);
  const std::string second = enqueue();
  answer(claim().at(0), SubmissionOutcome::unknown);
  BOOST_TEST((submissions().adopt(first, "q", clock.now(), clock.now()) == Adoption::disputed));
  BOOST_TEST((submissions().adopt(second, "q", clock.now(), clock.now()) == Adoption::adopted));
}

// A record of the log has no parameters, and the result of others is another one.
BOOST_AUTO_TEST_CASE(a_record_that_may_be_of_other_parameters_is_nobodys)
{
  const auto send = [&](const char* parameters, bool recover) {
    model::Submission limited = question;
    limited.parameters = parameters;
    limited.recover = recover;
    const std::string id = queue(limited).correlation;
    if (!recover) answer(claim().at(0), SubmissionOutcome::unknown);
    return id;
  };
  const auto adopted = [&](const std::string& id) {
    return submissions().adopt(id, "q", clock.now(), clock.now());
  };
  const std::string first = send(R"({"Limit":1})", false);
  clock.advance(3s);
  const std::string second = send(R"({"Limit":2})", false);
  BOOST_TEST((adopted(first) == Adoption::ambiguous));
  BOOST_TEST((adopted(second) == Adoption::ambiguous));
  // Once one has its QueryId, the other can have what is left.
  keep(result_of("q-1"), first);
  BOOST_TEST((adopted(second) == Adoption::adopted));
  // Long after, it cannot be the earlier one's; but it may be of one that was sent before a restore.
  clock.advance(1h);
  const std::string third = send(R"({"Limit":3})", false);
  clock.advance(1h);
  const std::string fourth = send(R"({"Limit":4})", false);
  const auto free = [&](const std::string& id) {
    return submissions().adopt(id, "free", clock.now(), clock.now());
  };
  send(R"({"Limit":5})", true);
  BOOST_TEST((free(fourth) == Adoption::ambiguous));
  static_cast<void>(third);
}

BOOST_AUTO_TEST_SUITE_END()

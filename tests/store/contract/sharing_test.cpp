// One submission answers equal ones that allow it (max_age), and shares its one end with them.
#include <algorithm>

#include "store/contract/recoveries_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace postbackd::test::contract;
using namespace std::chrono_literals;
using model::QueryState;
using model::SubmissionOutcome;
using store::RecoveryReport;

namespace
{

struct Sharing : Recoveries {
  static model::Submission equal(std::chrono::seconds max_age = 24h)
  {
    model::Submission submission = question;
    submission.q = " doc{ 1 } ";
    submission.client = "another";
    submission.max_age = max_age;
    return submission;
  }
  // A submission with its acknowledgement.
  std::string submit()
  {
    const std::string id = enqueue();
    answer(claim().at(0), SubmissionOutcome::accepted, "q-1");
    return id;
  }
  // `result:ID …` in their order, of the one query.
  std::string ends_of(const std::string& id)
  {
    std::string text;
    for (const model::Event& event : store->deliveries().events_after(0, 1'000))
      if (event.own_id == id) text += std::string(model::to_text(event.kind)) + " ";
    return text;
  }
  std::string source_of(const std::string& id) { return operators->find(id)->served_from; }
  std::string document_of(const std::string& id) { return operators->result(id).value_or("none"); }
};

const std::string result = R"({"QueryId":"q-1","Result":[1]})";

} // namespace

BOOST_FIXTURE_TEST_SUITE(sharing, Sharing)

BOOST_AUTO_TEST_CASE(the_newest_result_that_is_young_enough_answers_at_once)
{
  const std::string first = submit();
  keep(result);
  clock.advance(1h);
  const store::Enqueued served = queue(equal(2h));
  BOOST_TEST((served.is_new && served.is_served));
  BOOST_TEST((state(served.correlation) == QueryState::answered));
  BOOST_TEST(source_of(served.correlation) == first);
  BOOST_TEST(document_of(served.correlation) == result);
  BOOST_TEST(ends_of(served.correlation) == "result ");
  BOOST_TEST(ends_of(first) == "result ");
  BOOST_TEST(claim().empty());
  // The age counts from the platform's answer, not from the last time that it served.
  clock.advance(2h);
  BOOST_TEST(!queue(equal(2h)).is_served);
  BOOST_TEST(!queue(question).is_served); // off by default
}

BOOST_AUTO_TEST_CASE(what_is_not_equal_or_failed_answers_nothing)
{
  submit();
  keep(R"({"QueryId":"q-1","Status":{"d":[{"Code":-1200,"Message":"TIMEOUT"}]},"Result":[]})");
  BOOST_TEST(!queue(equal()).is_served);
  model::Submission other = equal();
  other.datasets = "another";
  BOOST_TEST(!queue(other).is_served);
}

BOOST_AUTO_TEST_CASE(equal_submissions_join_the_one_under_way_and_have_its_end)
{
  const std::string first = submit();
  std::vector<std::string> joined;
  for (int i = 0; i < 1'200; ++i)
    joined.push_back(enqueue(equal()));
  BOOST_TEST((state(joined.back()) == QueryState::joined));
  BOOST_TEST(claim().empty());
  keep(result);
  while (submissions().has_work({}, clock.now()))
    share();
  for (const std::string& id : joined)
    BOOST_REQUIRE(state(id) == QueryState::answered);
  std::map<std::string, int> ends;
  for (const model::Event& event : store->deliveries().events_after(0, 10'000))
    ++ends[event.own_id];
  BOOST_TEST(ends.size() == joined.size() + 1);
  BOOST_TEST(std::all_of(ends.begin(), ends.end(), [](const auto& each) { return each.second == 1; }));
  BOOST_TEST(document_of(joined.front()) == result);
  BOOST_TEST(ends_of(first) == "result ");
}

BOOST_AUTO_TEST_CASE(a_refused_or_lost_one_ends_those_that_joined_it)
{
  enqueue();
  const std::string joined = enqueue(equal());
  answer(claim().at(0), SubmissionOutcome::refused);
  share();
  BOOST_TEST((state(joined) == QueryState::failed));
  BOOST_TEST(operators->find(joined)->message == "said");
  BOOST_TEST(ends_of(joined) == "failed ");
  enqueue();
  const std::string second = enqueue(equal());
  answer(claim().at(0), SubmissionOutcome::unknown);
  clock.advance(24h);
  mark_overdue();
  BOOST_TEST((state(second) == QueryState::joined)); // it is not looked for itself
  report(recoveries().at(0), RecoveryReport::Outcome::lost);
  share();
  BOOST_TEST((state(second) == QueryState::lost));
  BOOST_TEST(ends_of(second) == "lost ");
}

// Who gives a query up speaks for itself only.
BOOST_AUTO_TEST_CASE(when_the_one_under_way_is_closed_one_of_those_that_joined_is_sent)
{
  const std::string first = submit();
  const std::string second = enqueue(equal());
  const std::string third = enqueue(equal());
  BOOST_TEST(run(store->queries().close(seen(first), false, "not needed", clock.now())).value());
  share();
  const auto claimed = claim();
  BOOST_REQUIRE(claimed.size() == 1);
  BOOST_TEST(claimed.at(0).correlation == second);
  BOOST_TEST(source_of(third) == second);
  answer(claimed.at(0), SubmissionOutcome::accepted, "q-2");
  keep(R"({"QueryId":"q-2","Result":[2]})");
  share();
  BOOST_TEST((state(second) == QueryState::answered));
  BOOST_TEST(ends_of(third) == "result ");
  BOOST_TEST(queue(equal()).is_served);
}

BOOST_AUTO_TEST_CASE(a_joined_one_can_be_closed_and_a_failed_one_asked_again)
{
  enqueue();
  model::Submission keyed = equal();
  keyed.key = "order-1";
  const std::string joined = enqueue(keyed);
  BOOST_TEST(run(store->queries().close(seen(enqueue(equal())), false, "not needed", clock.now())).value());
  answer(claim().at(0), SubmissionOutcome::refused);
  share();
  keyed.again = true;
  const std::string anew = enqueue(keyed);
  BOOST_TEST((state(joined) == QueryState::failed));
  BOOST_TEST((state(anew) == QueryState::queued));
  BOOST_TEST(source_of(anew).empty());
  BOOST_TEST(claim().at(0).correlation == anew);
}

BOOST_AUTO_TEST_CASE(retention_keeps_a_result_as_long_as_a_query_that_it_serves)
{
  const std::string first = submit();
  keep(result);
  clock.advance(10h);
  const std::string served = enqueue(equal());
  registers("newest"); // the newest of all stays
  keep(R"({"QueryId":"newest","Result":[1]})");
  const std::atomic<bool> go_on = false;
  const auto remove = [&](base::TimePoint time) {
    return run(store->upkeep().remove_before(time, go_on)).value();
  };
  clock.advance(1h);
  BOOST_TEST(remove(clock.now() - 5h) == 0);
  BOOST_TEST(document_of(served) == result);
  BOOST_TEST(remove(clock.now() - 30min) == 1);
  BOOST_TEST(!operators->find(first));
  BOOST_TEST(!operators->find(served));
  BOOST_TEST(operators->find("newest").has_value());
}

BOOST_AUTO_TEST_CASE(an_erased_one_ends_those_that_joined_it_and_serves_nobody)
{
  const std::string first = submit();
  const std::string joined = enqueue(equal());
  BOOST_TEST(operators->archive().erase({.query = first}, "tester", false, clock.now(), {}).queries == 2);
  BOOST_TEST((state(joined) == QueryState::closed));
  BOOST_TEST(ends_of(joined) == "closed erased ");
  BOOST_TEST(claim().empty());
  BOOST_TEST(!queue(equal()).is_served);
}

// Its words may be about the person.
BOOST_AUTO_TEST_CASE(what_a_handler_says_of_an_erased_result_is_not_kept)
{
  submit();
  keep(result);
  store->deliveries().open({{"h", "exec", false, 0, {}, 0}}, 0, clock.now());
  const std::int64_t event = store->deliveries().last_event();
  const auto claims = store->deliveries().advance(
      {.deliveries = {{event, "h"}}, .routed = event, .capacities = {{"h", 1, false}}}, clock.now());
  BOOST_REQUIRE(claims.size() == 1);
  operators->archive().erase({.query = "q-1"}, "tester", false, clock.now(), {});
  store->deliveries().advance({.reports = {{.delivery = claims.at(0).delivery,
                                            .attempt = 1,
                                            .outcome = model::AttemptOutcome::retry,
                                            .detail = "no customer 123",
                                            .message = "123",
                                            .finished_at = clock.now()}}},
                              clock.now());
  const store::Story story = operators->story("q-1");
  BOOST_TEST(story.attempts.at(0).detail.empty());
  BOOST_TEST(story.deliveries.at(0).last_error.find("123") == std::string::npos);
  const auto later = store->deliveries().events_after(0, 10); // nobody is given it
  BOOST_REQUIRE(later.size() == 1u);
  BOOST_TEST((later.at(0).kind == model::EventKind::erased));
}

// Another program has registered the QueryId before the acknowledgement: its row takes over.
BOOST_AUTO_TEST_CASE(who_waits_for_a_query_gets_its_end_after_a_merge_too)
{
  const std::string first = enqueue();
  const std::string joined = enqueue(equal());
  BOOST_TEST(registers("q-1"));
  answer(claim().at(0), SubmissionOutcome::accepted, "q-1");
  keep(result);
  share();
  BOOST_TEST((state(joined) == QueryState::answered));
  BOOST_TEST(document_of(joined) == result);
}

BOOST_AUTO_TEST_CASE(nothing_is_told_of_an_erased_query_but_its_end_and_the_erasure)
{
  const std::string id = submit();
  clock.advance(1h);
  BOOST_TEST(store->upkeep().mark_overdue(clock.now()).value() == 1);
  BOOST_TEST(ends_of(id) == "overdue ");
  operators->archive().erase({.query = id}, "tester", false, clock.now(), {});
  BOOST_TEST(ends_of(id) == "closed erased ");
  const auto past = operators->past_events(base::TimePoint(), 0, 1'000);
  BOOST_REQUIRE(past.size() == 2u);
  BOOST_TEST((past.at(0).kind == model::EventKind::closed));
  BOOST_TEST((past.at(1).kind == model::EventKind::erased));
}

BOOST_AUTO_TEST_CASE(what_the_platform_says_of_an_erased_submission_is_not_kept)
{
  const std::string id = enqueue();
  const auto claimed = claim();
  operators->archive().erase({.query = id}, "tester", false, clock.now(), {});
  answer(claimed.at(0), SubmissionOutcome::refused);
  BOOST_TEST(operators->find(id)->message == "");
}

BOOST_AUTO_TEST_CASE(a_client_that_registers_an_erased_query_gives_it_no_words)
{
  BOOST_TEST(registers("q-9"));
  operators->archive().erase({.query = "q-9"}, "tester", false, clock.now(), {});
  model::Query again{.query_id = "q-9", .client = "shop"};
  again.label = "somebody";
  again.key = "order-7";
  run(store->queries().register_query(again, clock.now())).value();
  BOOST_TEST(operators->find("q-9")->label == "");
  BOOST_TEST(operators->find("q-9")->key == "");
}

BOOST_AUTO_TEST_SUITE_END()

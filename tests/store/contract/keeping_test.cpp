// What is kept, for how long, and by whom.
#include <set>

#include "model/correlation.hpp"
#include "store/contract/contract_fixture.hpp"
#include "support/process.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace postbackd::test::contract;
using namespace std::chrono_literals;
using model::QueryState;

namespace
{

const std::atomic<bool> no_stop = false;

struct Keeping : Contract {
  std::int64_t remove_older_than(std::chrono::days age)
  {
    return run(store->upkeep().remove_before(clock.now() - age, no_stop)).value();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(keeping, Keeping)

BOOST_AUTO_TEST_CASE(a_repeat_gets_the_first_receipt_and_is_counted)
{
  registers("q-1");
  const auto first = keep(result_of("q-1"));
  const auto again = keep(result_of("q-1"));
  BOOST_TEST(again.repeat);
  BOOST_TEST(again.receipt == first.receipt);
  BOOST_TEST(kinds("q-1") == "result+1");
  BOOST_TEST((keep(result_of("q-1", "2")).kind == model::PostbackKind::extra));
  BOOST_TEST(kinds("q-1") == "result+1 extra");
  BOOST_TEST(events() == "result extra");
}

BOOST_AUTO_TEST_CASE(receipts_grow_are_below_2_to_the_53_and_survive_a_clock_that_goes_back)
{
  model::Receipt last = 0;
  for (int i = 0; i < 20; ++i) {
    const auto receipt = keep(result_of("q-" + std::to_string(i))).receipt;
    BOOST_TEST(receipt > last);
    BOOST_TEST(receipt < (std::int64_t{1} << 53));
    last = receipt;
    clock.advance(-1h);
  }
  open();
  BOOST_TEST(keep(result_of("last")).receipt > last);
}

BOOST_AUTO_TEST_CASE(more_than_the_counter_holds_in_one_millisecond_have_receipts_of_their_own)
{
  constexpr std::size_t count = 4'200; // the counter has 12 bits
  std::vector<model::Postback> many;
  for (std::size_t i = 0; i < count; ++i)
    many.push_back(postback(result_of("q-" + std::to_string(i))));
  std::set<model::Receipt> receipts;
  for (const model::Kept& kept : keep_all(many))
    receipts.insert(kept.receipt);
  BOOST_TEST(receipts.size() == count);
}

BOOST_AUTO_TEST_CASE(registering_a_known_query_again_changes_nothing)
{
  BOOST_TEST(registers("q-1"));
  BOOST_TEST(!registers("Q-1")); // QueryIds compare without case
  keep(result_of("q-1"));
  BOOST_TEST(!registers("q-1"));
  BOOST_TEST((state("q-1") == QueryState::answered));
}

BOOST_AUTO_TEST_CASE(retention_removes_what_was_answered_before_and_keeps_what_waits)
{
  registers("waits");
  registers("answered");
  keep(result_of("answered"));
  clock.advance(std::chrono::days(91));
  registers("newer");
  keep(result_of("newer"));
  BOOST_TEST(remove_older_than(std::chrono::days(90)) == 1);
  BOOST_TEST(!operators->find("answered").has_value());
  BOOST_TEST((state("waits") == QueryState::pending));
  BOOST_TEST(kinds("newer") == "result");
}

BOOST_AUTO_TEST_CASE(a_closed_query_waits_no_more_and_a_late_result_answers_it)
{
  registers("q-1");
  registers("q-2");
  clock.advance(std::chrono::days(2));
  BOOST_TEST(store->upkeep().mark_overdue(clock.now()).value() == 2);
  BOOST_TEST(operators->close({.id = "Q-1"}, "asked again", 10, true, clock.now()) == 1);
  BOOST_TEST((state("q-1") == QueryState::overdue));
  BOOST_TEST(operators->close({.id = "Q-1"}, "asked again", 10, false, clock.now()) == 1);
  BOOST_TEST(operators->close({.id = "q-1"}, "twice", 10, false, clock.now()) == 0);
  BOOST_TEST((state("q-1") == QueryState::closed));
  BOOST_TEST(operators->find("q-1")->reason == "asked again");
  BOOST_TEST((operators->find("q-1")->closed_at == clock.now()));
  BOOST_TEST(store->postbacks().figures(clock.now()).value().overdue == 1);
  BOOST_TEST(store->postbacks().figures(clock.now()).value().recoveries == 1);
  keep(result_of("q-1"));
  BOOST_TEST((state("q-1") == QueryState::answered));
  BOOST_TEST(operators->close({.id = "q-1"}, "too late", 10, false, clock.now()) == 0);
  BOOST_TEST(operators->close({.deadline_before = clock.now() - std::chrono::days(7)}, "old", 10, false,
                              clock.now()) == 0);
  BOOST_TEST(operators->close({.deadline_before = clock.now()}, "old", 10, false, clock.now()) == 1);
  BOOST_TEST((state("q-2") == QueryState::closed));
}

BOOST_AUTO_TEST_CASE(a_query_that_was_closed_keeps_its_reason_when_it_is_joined)
{
  const std::string correlation(32, 'a');
  operators->register_query({.correlation = correlation}, clock.now());
  registers("q-1");
  BOOST_TEST(operators->close({.id = correlation}, "asked again", 10, false, clock.now()) == 1);
  operators->register_query({.query_id = "q-1", .correlation = correlation}, clock.now());
  BOOST_TEST((state("q-1") == QueryState::closed));
  BOOST_TEST(operators->find("q-1")->reason == "asked again");
  BOOST_TEST(operators->find("q-1")->closed_at.has_value());
}

BOOST_AUTO_TEST_CASE(the_store_was_last_seen_at_its_newest_postback_or_at_the_last_note)
{
  BOOST_TEST(!store->upkeep().last_seen().value().has_value());
  const base::TimePoint received = clock.now();
  keep(result_of("q-1"));
  BOOST_TEST((store->upkeep().last_seen().value() == received));
  clock.advance(std::chrono::hours(5));
  const base::TimePoint noted = clock.now();
  BOOST_TEST(run(store->upkeep().note_time(noted)).has_value());
  clock.advance(std::chrono::days(3));
  keep(result_of("q-2"));
  BOOST_TEST((store->upkeep().last_seen().value() == noted));
  BOOST_TEST(run(store->upkeep().note_time(noted - 1h)).has_value()); // a clock that went back
  BOOST_TEST((store->upkeep().last_seen().value() == noted));
}

BOOST_AUTO_TEST_CASE(retention_waits_for_events_that_no_handler_was_given_yet)
{
  store->deliveries().open({{"h", "exec", false, 0, {}, 0}}, 0, clock.now());
  registers("q-1");
  keep(result_of("q-1"));
  clock.advance(std::chrono::days(91));
  registers("newer");
  keep(result_of("newer"));
  BOOST_TEST(remove_older_than(std::chrono::days(90)) == 0);
  store->deliveries().advance({.routed = store->deliveries().last_event()}, clock.now());
  BOOST_TEST(remove_older_than(std::chrono::days(90)) == 1);
}

BOOST_AUTO_TEST_CASE(retention_counts_from_the_answer_not_from_the_first_postback)
{
  registers("q-1");
  keep(notice_of("q-1"));
  clock.advance(std::chrono::days(80));
  keep(result_of("q-1"));
  clock.advance(std::chrono::days(20));
  registers("newer");
  keep(result_of("newer"));
  BOOST_TEST(remove_older_than(std::chrono::days(90)) == 0);
  BOOST_TEST(kinds("q-1") == "notice result");
}

BOOST_AUTO_TEST_CASE(retention_counts_from_the_answer_where_the_postback_came_long_before)
{
  keep(result_of("q-1"));
  clock.advance(std::chrono::days(100));
  registers("q-1");
  registers("newer");
  keep(result_of("newer"));
  BOOST_TEST(remove_older_than(std::chrono::days(90)) == 0);
  BOOST_TEST(kinds("q-1") == "result");
  clock.advance(std::chrono::days(91));
  registers("newest");
  keep(result_of("newest"));
  BOOST_TEST(remove_older_than(std::chrono::days(90)) == 2);
}

BOOST_AUTO_TEST_CASE(retention_counts_from_the_answer_also_without_a_query_id)
{
  const std::string correlation = model::new_correlation();
  registers("", correlation);
  keep(R"({"Result":[],"Status":{"hooks":[{"Code":-1212}]}})", correlation);
  clock.advance(std::chrono::days(80));
  keep(R"({"Result":[{"value":"1"}]})", correlation);
  clock.advance(std::chrono::days(20));
  registers("newer");
  keep(result_of("newer"));
  BOOST_TEST(remove_older_than(std::chrono::days(90)) == 0);
  BOOST_TEST((state(correlation) == QueryState::answered));
}

BOOST_AUTO_TEST_CASE(a_late_match_has_the_time_of_its_registration)
{
  keep(result_of("q-1"));
  clock.advance(std::chrono::days(400));
  registers("q-1");
  BOOST_TEST((operators->find("q-1")->answered_at == clock.now()));
}

// Who delivers is each engine's matter: one process of a file, every process of a server.
BOOST_AUTO_TEST_CASE(a_duty_has_one_leader_and_passes_on_when_that_is_gone)
{
  using store::Duty;
  BOOST_TEST(!operators->is_led(Duty::ask));
  BOOST_TEST(!store->leadership().leads(Duty::ask));
  BOOST_TEST(store->leadership().try_lead(Duty::ask));
  BOOST_TEST(store->leadership().try_lead(Duty::ask)); // it still leads
  BOOST_TEST(store->leadership().leads(Duty::ask));
  auto second = store::open(options);
  BOOST_TEST(!second->leadership().try_lead(Duty::ask));
  BOOST_TEST(second->leadership().try_lead(Duty::keep)); // another duty
  BOOST_TEST(operators->is_led(Duty::ask));
  BOOST_TEST(operators->is_led(Duty::keep));
  store.reset();
  BOOST_TEST(second->leadership().try_lead(Duty::ask));
  BOOST_TEST(second->leadership().leads(Duty::ask));
}

BOOST_AUTO_TEST_CASE(answers_that_come_together_are_one_result_an_extra_and_a_repeat)
{
  std::vector<model::Postback> together;
  for (int i = 0; i < 40; ++i) {
    const std::string id = "q-" + std::to_string(i);
    registers(id);
    for (const char* content : {"1", "2", "1"})
      together.push_back(postback(result_of(id, content)));
  }
  keep_all(together);
  for (int i = 0; i < 40; ++i)
    BOOST_TEST(kinds("q-" + std::to_string(i)) == "result+1 extra");
}

BOOST_AUTO_TEST_CASE(the_figures_are_those_of_the_store)
{
  registers("waits");
  registers("answered");
  keep(result_of("answered"));
  clock.advance(11min);
  const auto figures = store->postbacks().figures(clock.now()).value();
  BOOST_TEST(figures.pending == 1);
  BOOST_TEST(figures.overdue == 1);
  BOOST_TEST((figures.oldest == 11min));
  BOOST_TEST(figures.recoveries == 0);
}

BOOST_AUTO_TEST_CASE(a_story_has_every_part_of_a_query)
{
  store->deliveries().open({{"h", "exec", false, 0, {}, 0}}, 0, clock.now());
  registers("q-1", c_1);
  keep("garbage", c_1);
  keep(result_of("q-1"));
  const auto event = store->deliveries().events_after(0, 1).at(0);
  store->deliveries().advance(
      {.deliveries = {{event.id, "h"}}, .routed = event.id, .capacities = {{"h", 1, false}}}, clock.now());
  for (const std::string& id : {std::string("q-1"), c_1}) {
    const store::Story story = operators->story(id);
    BOOST_TEST(story.query->query_id == "q-1");
    BOOST_TEST(story.postbacks.size() == 2u);
    BOOST_TEST(story.deliveries.size() == 1u);
    BOOST_TEST(story.attempts.size() == 1u);
  }
  BOOST_TEST(operators->result(c_1).value() == result_of("q-1"));
  BOOST_TEST(!operators->result("unknown").has_value());
}

BOOST_AUTO_TEST_CASE(fans_are_added_once)
{
  BOOST_TEST(operators->add_fans({{"11111111111", 1}, {"a@b.example", 4}}) == 2);
  BOOST_TEST(operators->add_fans({{"11111111111", 1}, {"22222222222", 1}}) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

// Which handler gets which event, and when a delivery is tried again.
#include <boost/test/unit_test.hpp>

#include <set>

#include "dispatcher_fixture.hpp"
#include "store/open.hpp"

using namespace postbackd;
using namespace postbackd::test;

BOOST_FIXTURE_TEST_SUITE(dispatcher, DispatcherFixture)

BOOST_AUTO_TEST_CASE(a_result_reaches_each_handler_that_matches_it)
{
  add("all");
  add("people").match.apis = {"people"};
  add("companies").match.apis = {"companies"};
  add("phones").match.datasets = {"phones"};
  add("failed").match.statuses = {"failed"};
  add("notices").match.kinds = {model::EventKind::notice};
  dispatch();
  answered("q-1", "x");
  settle();
  BOOST_TEST(states() == "all q-1 done, people q-1 done, phones q-1 done");
  const delivery::Delivery& given = notes["all"].given.front();
  BOOST_TEST(given.event == "result");
  BOOST_TEST(given.query_id == "q-1");
  BOOST_TEST(given.label == "l");
  BOOST_TEST(given.status == "ok");
  BOOST_TEST(given.route == "/postback");
  BOOST_TEST(given.document.size() == result_of("q-1", "x").size());
  BOOST_TEST(given.idempotency_key != notes["people"].given.front().idempotency_key);
  BOOST_TEST(ask("SELECT deliveries_done FROM v_stats") == "3");
  BOOST_TEST(ask("SELECT outcome FROM v_attempts LIMIT 1") == "done");
}

BOOST_AUTO_TEST_CASE(a_handler_may_ask_for_values_of_the_document)
{
  add("good").match.values = {{"/Result/0/value", {"regular", "7"}}};
  add("both").match.values = {{"/Result/0/value", {"regular"}}, {"/QueryId", {"q-1"}}};
  add("one_of_two").match.values = {{"/Result/0/value", {"regular"}}, {"/QueryId", {"q-3"}}};
  add("absent").match.values = {{"/Result/1/value", {"regular"}}};
  add("failed").match = {.kinds = {model::EventKind::closed}, .values = {{"/Message", {"not needed"}}}};
  dispatch();
  answered("q-1", "regular");
  answered("q-2", "7");
  answered("q-3", "pending");
  settle();
  const auto by_handler = [&] {
    return ask("SELECT group_concat(handler || ' ' || query_id || ' ' || state, ', ') FROM (SELECT * FROM "
               "v_deliveries ORDER "
               "BY query_id, handler)");
  };
  BOOST_TEST(by_handler() == "both q-1 done, good q-1 done, good q-2 done");
  BOOST_TEST(ask("SELECT count(*) FROM attempts") == "3"); // nothing is left of the others
  BOOST_TEST(ask("SELECT sum(deliveries_done) FROM v_stats") == "3");
  BOOST_TEST(notes["absent"].given.empty());
  // So it is when the past is given again.
  BOOST_TEST(store::replay_since(store->delivery_control(), "good", handlers[0].match, clock.now() - 1h,
                                 false, clock) == 3);
  settle();
  BOOST_TEST(notes["good"].given.size() == 4u);
  BOOST_TEST(by_handler() == "both q-1 done, good q-1 done, good q-2 done");
  tell("INSERT INTO queries (query_id) VALUES ('q-5')");
  BOOST_TEST(store::open_operator(options.path, options.busy_timeout, store::Access::write)
                 ->close({.id = "q-5"}, "not needed", 1, false, clock.now()) == 1);
  settle();
  BOOST_TEST(by_handler().ends_with("failed q-5 done"), by_handler());
}

// Its document is gone before it is looked at.
BOOST_AUTO_TEST_CASE(a_deleted_document_has_no_values)
{
  add("h").match.values = {{"/Result/0/value", {"7"}}};
  dispatch();
  answered("q-1", "7");
  answered("q-2", "7");
  tell("UPDATE postbacks SET removed_at = received_at WHERE query_id = 'q-1'");
  settle();
  BOOST_TEST(states() == "h q-2 done");
}

BOOST_AUTO_TEST_CASE(a_rate_bounds_what_begins)
{
  add("slow").rate = 0.001;
  add("fast");
  dispatch();
  for (const char* id : {"q-1", "q-2", "q-3"})
    answered(id);
  settle();
  BOOST_TEST(ask("SELECT count(*) FROM v_deliveries WHERE handler = 'slow' AND state = 'done'") == "1");
  BOOST_TEST(ask("SELECT count(*) FROM v_deliveries WHERE handler = 'fast' AND state = 'done'") == "3");
}

BOOST_AUTO_TEST_CASE(each_retry_waits_longer_and_the_delivery_is_dead_in_the_end)
{
  delivery::HandlerConfiguration& handler = add("h");
  handler.retry = {.first = 10s, .factor = 2, .max = 30s, .attempts = 4};
  handler.circuit = 100;
  notes["h"].answer = [](const auto&, const auto&) { return Outcome::retry("not now"); };
  dispatch();
  answered("q-1");
  settle();
  for (const auto wait : {10s, 20s, 30s}) {
    BOOST_TEST(ask("SELECT state || ' ' || last_error FROM v_deliveries") == "due not now");
    const auto count = notes["h"].given.size();
    clock.advance(wait - 1ms);
    settle();
    BOOST_TEST(notes["h"].given.size() == count);
    clock.advance(1ms);
    settle();
    BOOST_TEST(notes["h"].given.size() == count + 1);
  }
  BOOST_TEST(ask("SELECT state || ' ' || attempts FROM v_dead") == "dead 4");
  std::set<std::string> keys;
  for (const auto& given : notes["h"].given)
    keys.insert(given.idempotency_key);
  BOOST_TEST(keys.size() == 1u);
  BOOST_TEST(ask("SELECT deliveries_dead FROM v_stats") == "1");
}

BOOST_AUTO_TEST_CASE(a_handler_can_choose_the_delay_or_give_up)
{
  add("h");
  notes["h"].answer = [](const delivery::Delivery& result, const auto&) {
    if (result.query_id == "dies") return Outcome::dead("never");
    if (result.query_id == "throws") throw std::runtime_error("oops");
    return result.attempt == 1 ? Outcome::retry("later", 77s) : Outcome::done();
  };
  dispatch();
  for (const char* id : {"waits", "dies", "throws"})
    answered(id);
  settle();
  BOOST_TEST(ask("SELECT state || ' ' || last_error FROM v_deliveries WHERE query_id = 'dies'") ==
             "dead never");
  BOOST_TEST(ask("SELECT state || ' ' || last_error FROM v_deliveries WHERE query_id = 'throws'") ==
             "due the handler threw: oops");
  clock.advance(77s - 1ms);
  settle();
  BOOST_TEST(ask("SELECT state FROM v_deliveries WHERE query_id = 'waits'") == "due");
  clock.advance(1ms);
  settle();
  BOOST_TEST(ask("SELECT state FROM v_deliveries WHERE query_id = 'waits'") == "done");
}

BOOST_AUTO_TEST_CASE(a_new_handler_gets_only_new_events)
{
  answered("before-any");
  add("first");
  dispatch();
  answered("q-1");
  settle();
  dispatcher.reset();
  add("second");
  dispatch();
  answered("q-2");
  settle();
  BOOST_TEST(states() == "first q-1 done, first q-2 done, second q-2 done");
}

BOOST_AUTO_TEST_CASE(overdue_queries_and_unmatched_postbacks_go_to_the_handlers_that_name_them)
{
  add("results");
  auto& others = add("others");
  others.match.kinds = {model::EventKind::overdue, model::EventKind::unmatched};
  others.concurrency = 1;
  dispatch();
  tell("INSERT INTO queries (query_id, label, deadline_at) VALUES ('late', 'mine', "
       "'2026-01-01T00:00:00.000Z')");
  model::Postback unregistered = postback_of(result_of("unregistered"), clock.now());
  unregistered.deliver_unmatched = true;
  BOOST_TEST(keep(unregistered).has_value());
  BOOST_TEST(keep(unregistered).has_value());
  settle();
  BOOST_TEST(mark_overdue() == 1);
  settle();
  BOOST_TEST(ask("SELECT state FROM v_queries WHERE query_id = 'late'") == "overdue");
  BOOST_TEST(states() == "others unregistered done, others late done");
  BOOST_TEST(notes["others"].given.back().document.bytes() ==
             R"({"Event":"overdue","Id":"late","QueryId":"late","Label":"mine"})");
  // A late result still answers it.
  BOOST_TEST(keep(postback_of(result_of("late"), clock.now())).has_value());
  settle();
  BOOST_TEST(notes["results"].given.back().query_id == "late");
}

// A daemon receives before its dispatcher has the store: it may wait for another one to end.
BOOST_AUTO_TEST_CASE(events_before_it_opens_reach_its_new_handlers_too)
{
  add("h");
  dispatcher = make();
  answered("q-1");
  dispatcher->open();
  settle();
  BOOST_TEST(states() == "h q-1 done");
}

BOOST_AUTO_TEST_CASE(a_handler_that_was_removed_and_is_back_gets_only_new_events)
{
  add("h");
  dispatch();
  dispatcher.reset();
  const auto configured = std::exchange(handlers, {});
  dispatch();
  answered("q-1");
  settle();
  dispatcher.reset();
  handlers = configured;
  dispatch();
  answered("q-2");
  settle();
  BOOST_TEST(states() == "h q-2 done");
}

BOOST_AUTO_TEST_CASE(a_large_document_is_given_as_a_file)
{
  add("h");
  dispatch();
  tell("INSERT INTO queries (query_id) VALUES ('large')");
  model::Postback postback = postback_of("", clock.now());
  const std::string body = result_of("large", std::string(3 << 20, 'x'));
  postback.raw = spool.blob(body);
  postback.sha256 = postback.raw.sha256();
  postback.envelope = model::decode({postback.raw, postback.content_type, ""}, {});
  BOOST_TEST(keep(postback).has_value());
  settle();
  BOOST_TEST(!notes["h"].given.front().document.in_memory());
  BOOST_TEST((notes["h"].given.front().document == base::Blob(body)));
}

BOOST_AUTO_TEST_SUITE_END()

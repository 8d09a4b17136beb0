// Claims, reports and what an operator changes meanwhile.
#include "store/contract/contract_fixture.hpp"
#include "support/spool.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace postbackd::test::contract;
using namespace std::chrono_literals;
using model::AttemptOutcome;
using model::DeliveryState;
using store::DeliveryAction;

namespace
{

struct Deliveries : Contract {
  store::DeliveryStore& deliveries() { return store->deliveries(); }

  void answered(const std::string& query_id, const std::string& label = "l")
  {
    model::Query query;
    query.label = label;
    registers(query_id, "", query);
    keep(result_of(query_id));
  }
  void open_handlers(const std::vector<std::string>& names, std::int64_t after = 0)
  {
    std::vector<store::HandlerState> handlers;
    for (const std::string& name : names)
      handlers.push_back({name, "exec", false, 0, {}, 0});
    opened = deliveries().open(handlers, after, clock.now());
  }
  // Routes every event to the handler.
  void route(const std::string& handler)
  {
    store::DeliveryStore::Step step;
    for (const model::Event& event : deliveries().events_after(0, 1'000)) {
      step.deliveries.push_back({event.id, handler});
      step.routed = event.id;
    }
    deliveries().advance(step, clock.now());
  }
  std::vector<store::Claim> claim(const std::string& handler, std::size_t most = 10, bool in_order = false)
  {
    return deliveries().advance({.capacities = {{handler, most, in_order}}}, clock.now());
  }
  void report(const store::Claim& claim, DeliveryState state, AttemptOutcome outcome, bool forgiven = false)
  {
    store::DeliveryReport report{.delivery = claim.delivery, .attempt = claim.attempt, .state = state};
    report.outcome = outcome;
    report.detail = "why";
    report.forgiven = forgiven;
    report.finished_at = clock.now();
    report.next_attempt_at = clock.now() + 10s;
    deliveries().advance({.reports = {report}}, clock.now());
  }
  DeliveryState state_of(std::int64_t id) { return operators->deliveries({.id = id}, 1).at(0).state; }

  store::DeliveryStore::Opened opened;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(deliveries, Deliveries)

BOOST_AUTO_TEST_CASE(a_claim_has_its_event_and_a_key_that_stays)
{
  open_handlers({"h"});
  answered("q-1", "mine");
  route("h");
  const auto first = claim("h").at(0);
  BOOST_TEST(first.event.query_id == "q-1");
  BOOST_TEST(first.event.label == "mine");
  BOOST_TEST(first.attempt == 1);
  BOOST_TEST(first.counted == 1);
  BOOST_TEST(claim("h").empty()); // it is running
  report(first, DeliveryState::due, AttemptOutcome::retry);
  BOOST_TEST(claim("h").empty()); // it is not due yet
  clock.advance(10s);
  const auto second = claim("h").at(0);
  BOOST_TEST(second.key == first.key);
  BOOST_TEST(second.attempt == 2);
  BOOST_TEST(operators->deliveries({.query = "q-1"}, 1).at(0).idempotency_key == first.key);
}

BOOST_AUTO_TEST_CASE(an_event_has_one_delivery_for_each_handler)
{
  open_handlers({"h"});
  answered("q-1");
  route("h");
  route("h");
  BOOST_TEST(operators->deliveries({}, 10).size() == 1u);
}

BOOST_AUTO_TEST_CASE(in_order_only_the_oldest_open_delivery_is_claimed)
{
  open_handlers({"h"});
  for (const char* id : {"q-1", "q-2", "q-3"})
    answered(id);
  route("h");
  const auto first = claim("h", 1, true).at(0);
  BOOST_TEST(first.event.query_id == "q-1");
  BOOST_TEST(claim("h", 1, true).empty());
  report(first, DeliveryState::due, AttemptOutcome::retry);
  BOOST_TEST(claim("h", 1, true).empty()); // the oldest waits for its next attempt
  BOOST_TEST(!deliveries().has_due({{"h", 1, true}}, clock.now()));
  clock.advance(10s);
  BOOST_TEST(claim("h", 1, true).at(0).event.query_id == "q-1");
}

BOOST_AUTO_TEST_CASE(what_a_crash_left_running_is_due_again_and_its_attempt_counts)
{
  open_handlers({"h"});
  answered("q-1");
  route("h");
  const auto first = claim("h").at(0);
  open();
  open_handlers({"h"});
  const auto second = claim("h").at(0);
  BOOST_TEST(second.key == first.key);
  BOOST_TEST(second.attempt == 2);
  BOOST_TEST(second.counted == 2);
  const auto attempts = operators->story("q-1").attempts;
  BOOST_REQUIRE(attempts.size() == 2u);
  BOOST_TEST((attempts[0].outcome == AttemptOutcome::retry));
  BOOST_TEST(!attempts[1].outcome.has_value());
}

BOOST_AUTO_TEST_CASE(an_attempt_that_is_forgiven_does_not_count)
{
  open_handlers({"h"});
  answered("q-1");
  route("h");
  report(claim("h").at(0), DeliveryState::due, AttemptOutcome::retry, true);
  clock.advance(10s);
  const auto second = claim("h").at(0);
  BOOST_TEST(second.attempt == 2);
  BOOST_TEST(second.counted == 1);
}

BOOST_AUTO_TEST_CASE(a_late_report_does_not_overrule_the_operator_unless_it_is_done)
{
  open_handlers({"h"});
  answered("q-1");
  answered("q-2");
  route("h");
  const auto claims = claim("h");
  open_handlers({"h"}); // as after a crash: both are due
  operators->apply(DeliveryAction::kill, {.handler = "h"}, "known", 0, 10, clock.now());
  report(claims.at(0), DeliveryState::due, AttemptOutcome::retry);
  report(claims.at(1), DeliveryState::done, AttemptOutcome::done);
  BOOST_TEST((state_of(claims.at(0).delivery) == DeliveryState::dead));
  BOOST_TEST((state_of(claims.at(1).delivery) == DeliveryState::done));
}

BOOST_AUTO_TEST_CASE(an_operator_holds_releases_kills_and_retries)
{
  open_handlers({"h"});
  answered("q-1");
  route("h");
  const auto act = [this](DeliveryAction action) {
    const auto counted = operators->count(action, {.handler = "h"});
    const auto changed = operators->apply(action, {.handler = "h"}, "known", 0, 10, clock.now()).changed;
    BOOST_TEST(counted == changed);
    return changed;
  };
  BOOST_TEST(act(DeliveryAction::release) == 0);
  BOOST_TEST(act(DeliveryAction::hold) == 1);
  BOOST_TEST(claim("h").empty());
  BOOST_TEST(act(DeliveryAction::release) == 1);
  const auto first = claim("h").at(0);
  BOOST_TEST(act(DeliveryAction::kill) == 0); // it is running
  report(first, DeliveryState::dead, AttemptOutcome::dead);
  BOOST_TEST(operators->deliveries({.state = DeliveryState::dead}, 10).size() == 1u);
  BOOST_TEST(act(DeliveryAction::retry) == 1);
  const auto again = claim("h").at(0);
  BOOST_TEST(again.attempt == 2);
  BOOST_TEST(again.counted == 1); // all its attempts again
}

BOOST_AUTO_TEST_CASE(a_replay_makes_past_events_due_again_and_counts_them_before)
{
  open_handlers({"h"});
  answered("q-1");
  clock.advance(1h);
  const base::TimePoint since = clock.now();
  answered("q-2");
  answered("q-3");
  route("h");
  report(claim("h", 1).at(0), DeliveryState::done, AttemptOutcome::done); // q-1
  report(claim("h", 1).at(0), DeliveryState::done, AttemptOutcome::done); // q-2
  std::vector<std::int64_t> events;
  for (const model::Event& event : operators->past_events(since, 0, 10))
    events.push_back(event.id);
  BOOST_TEST(events.size() == 2u);
  BOOST_TEST(operators->replay("h", events, true, clock.now()) == 1);
  BOOST_TEST(operators->replay("h", events, false, clock.now()) == 1); // q-3 is due already
  BOOST_TEST(operators->replay("new", events, false, clock.now()) == 2);
  const auto claims = claim("h");
  BOOST_REQUIRE(claims.size() == 2u);
  for (const auto& each : claims)
    BOOST_TEST(each.replayed == (each.event.query_id == "q-2"), each.event.query_id);
}

BOOST_AUTO_TEST_CASE(a_handler_is_given_what_comes_after_it_was_first_known)
{
  answered("before");
  const std::int64_t before = deliveries().last_event();
  open_handlers({"h"}, before);
  BOOST_TEST(opened.routed == before);
  answered("after");
  BOOST_TEST(deliveries().events_after(opened.routed, 10).size() == 1u);
  open_handlers({"h", "second"}, deliveries().last_event());
  BOOST_TEST(opened.handlers.size() == 2u);
  for (const store::HandlerState& handler : opened.handlers)
    BOOST_TEST(handler.first_event == (handler.name == "h" ? before : before + 1), handler.name);
}

BOOST_AUTO_TEST_CASE(a_circuit_breaker_is_remembered)
{
  open_handlers({"h"});
  deliveries().advance({.changed = {{"h", "exec", true, 7, clock.now() + 1h, 0}}}, clock.now());
  open();
  open_handlers({"h"});
  BOOST_TEST(opened.handlers.at(0).open);
  BOOST_TEST(opened.handlers.at(0).failures == 7);
  BOOST_TEST(operators->handlers().at(0).open);
}

BOOST_AUTO_TEST_CASE(the_document_of_an_event_is_its_json)
{
  const DiskSpool spool;
  open_handlers({"h"});
  answered("q-1");
  const auto event = deliveries().events_after(0, 1).at(0);
  BOOST_TEST(
      (deliveries().document(event, const_cast<DiskSpool&>(spool).spool) == base::Blob(result_of("q-1"))));
  model::Event gone = event;
  gone.receipt = 1;
  BOOST_CHECK_EXCEPTION(
      deliveries().document(gone, const_cast<DiskSpool&>(spool).spool), base::Failure,
      [](const base::Failure& failure) { return failure.error().code == base::Errc::not_found; });
}

BOOST_AUTO_TEST_CASE(what_is_routed_and_when_a_circuit_is_probed_is_read_from_the_store)
{
  open_handlers({"h"});
  answered("q-1");
  route("h");
  BOOST_TEST(deliveries().routed() == deliveries().last_event());
  const store::HandlerState open{"h", "exec", true, 3, clock.now() + 30s, 0};
  deliveries().advance({.changed = {open}}, clock.now());
  BOOST_TEST((deliveries().probe_times().at("h") == clock.now() + 30s));
  // The daemon's own way to what an operator does.
  BOOST_TEST(store->delivery_control().count(DeliveryAction::retry, {.handler = "h"}) == 1);
  store->delivery_control().apply(DeliveryAction::retry, {.handler = "h"}, "", 0, 10, clock.now());
  BOOST_TEST((deliveries().probe_times().at("h") <= clock.now()));
}

BOOST_AUTO_TEST_SUITE_END()

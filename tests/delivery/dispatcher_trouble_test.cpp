// Handlers that fail, hang or crash, and a store that does.
#include <atomic>

#include "dispatcher_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;

BOOST_FIXTURE_TEST_SUITE(dispatcher_trouble, DispatcherFixture)

BOOST_AUTO_TEST_CASE(a_dead_endpoint_uses_up_no_attempts)
{
  delivery::HandlerConfiguration& handler = add("h");
  handler.circuit = 3;
  handler.concurrency = 1;
  handler.retry = {.first = 10s, .factor = 1, .max = 10s, .attempts = 4};
  std::atomic<bool> down = true;
  notes["h"].answer = [&down](const auto&, const auto&) {
    return down ? Outcome::retry("down") : Outcome::done();
  };
  dispatch();
  for (int i = 0; i < 20; ++i)
    answered("q-" + std::to_string(i));
  settle();
  BOOST_TEST(notes["h"].given.size() == 3u);
  BOOST_TEST(ask("SELECT circuit FROM v_handlers") == "open");
  for (int i = 0; i < 5; ++i) {
    clock.advance(10s);
    settle();
  }
  BOOST_TEST(notes["h"].given.size() == 8u); // a probe each time
  down = false;
  clock.advance(10s);
  settle();
  clock.advance(10s);
  settle();
  BOOST_TEST(ask("SELECT count(*) FROM v_deliveries WHERE state = 'done'") == "20");
  BOOST_TEST(ask("SELECT circuit || failures FROM v_handlers") == "closed0");
}

// With few deliveries each is a probe often.
BOOST_AUTO_TEST_CASE(probes_of_an_open_circuit_use_up_no_attempts)
{
  delivery::HandlerConfiguration& handler = add("h");
  handler.circuit = 3;
  handler.retry = {.first = 10s, .factor = 1, .max = 10s, .attempts = 4};
  notes["h"].answer = [](const auto&, const auto&) { return Outcome::retry("down"); };
  dispatch();
  answered("q-1");
  answered("q-2");
  for (int i = 0; i < 30; ++i) {
    settle();
    clock.advance(20s);
  }
  BOOST_TEST(notes["h"].given.size() > 20u);
  BOOST_TEST(ask("SELECT count(*) FROM v_deliveries WHERE state = 'due'") == "2");
}

BOOST_AUTO_TEST_CASE(a_probe_that_is_refused_for_good_closes_the_circuit)
{
  delivery::HandlerConfiguration& handler = add("h");
  handler.circuit = 1;
  handler.retry = {.first = 10s, .factor = 1, .max = 10s, .attempts = 4};
  notes["h"].answer = [first = true](const auto&, const auto&) mutable {
    return std::exchange(first, false) ? Outcome::retry("down") : Outcome::dead("HTTP 400");
  };
  dispatch();
  answered("q-1");
  settle();
  BOOST_TEST(ask("SELECT circuit FROM v_handlers") == "open");
  clock.advance(20s);
  settle();
  BOOST_TEST(ask("SELECT circuit FROM v_handlers") == "closed");
  BOOST_TEST(ask("SELECT state FROM v_deliveries") == "dead");
}

BOOST_AUTO_TEST_CASE(in_order_a_failing_delivery_holds_back_the_later_ones)
{
  delivery::HandlerConfiguration& handler = add("h");
  handler.in_order = true;
  handler.circuit = 100;
  std::atomic<int> failures = 2;
  notes["h"].answer = [&failures](const delivery::Delivery& result, const auto&) {
    return result.query_id == "q-2" && failures-- > 0 ? Outcome::retry("not yet") : Outcome::done();
  };
  dispatch();
  for (int i = 0; i < 6; ++i)
    answered("q-" + std::to_string(i));
  settle();
  BOOST_TEST(notes["h"].given.size() == 3u);
  for (int i = 0; i < 2; ++i) {
    clock.advance(1h);
    settle();
  }
  std::string order;
  for (const auto& given : notes["h"].given)
    order += given.query_id.substr(2);
  BOOST_TEST(order == "01222345");
}

BOOST_AUTO_TEST_CASE(a_delivery_interrupted_by_a_crash_runs_again_with_the_same_key)
{
  add("h");
  dispatch();
  answered("q-1");
  settle();
  const std::string key = notes["h"].given.front().idempotency_key;
  dispatcher.reset();
  tell("UPDATE deliveries SET state = 'running', done_at = NULL");
  tell("UPDATE attempts SET finished_at = NULL, outcome = NULL");
  dispatch();
  settle();
  BOOST_TEST(notes["h"].given.size() == 2u);
  BOOST_TEST(notes["h"].given.back().idempotency_key == key);
  BOOST_TEST(notes["h"].given.back().attempt == 2);
  BOOST_TEST(ask("SELECT group_concat(outcome || ' ' || coalesce(detail, ''), ',') FROM v_attempts") ==
             "retry the daemon ended while it ran,done ");
}

BOOST_AUTO_TEST_CASE(a_slow_handler_delays_only_itself_and_a_stop_ends_it)
{
  add("slow").concurrency = 2;
  add("fast");
  notes["slow"].answer = [](const auto&, const std::stop_token& stop) {
    while (!stop.stop_requested())
      std::this_thread::yield();
    return Outcome::retry("stopped");
  };
  dispatch();
  for (int i = 0; i < 10; ++i)
    answered("q-" + std::to_string(i));
  BOOST_TEST(eventually([this] {
    dispatcher->step();
    return ask("SELECT count(*) FROM v_deliveries WHERE handler = 'fast' AND state = 'done'") == "10";
  }));
  BOOST_TEST(ask("SELECT count(*) FROM v_deliveries WHERE handler = 'slow' AND state = 'running'") == "2");
  BOOST_TEST(dispatcher->stop(std::chrono::steady_clock::now()));
  BOOST_TEST(ask("SELECT count(*) FROM v_deliveries WHERE handler = 'slow' AND state = 'due'") == "10");
}

BOOST_AUTO_TEST_CASE(a_delivery_that_waits_in_order_is_not_claimed_repeatedly)
{
  add("h").in_order = true;
  notes["h"].answer = [](const auto&, const auto&) { return Outcome::retry("not yet"); };
  dispatch();
  answered("q-1");
  settle();
  answered("q-2");
  while (ask("SELECT count(*) FROM deliveries") != "2")
    dispatcher->step();
  BOOST_TEST(!dispatcher->step());
  BOOST_TEST(notes["h"].given.size() == 1u);
}

// Several attempts are under way when the first of them opens the circuit breaker: the others must not
// lengthen its pause.
BOOST_AUTO_TEST_CASE(failures_under_way_do_not_lengthen_the_pause)
{
  delivery::HandlerConfiguration& handler = add("h");
  handler.circuit = 2;
  handler.concurrency = 8;
  handler.retry = {.first = 10s, .factor = 10, .max = 10h, .attempts = 100};
  std::atomic<int> arrived = 0;
  notes["h"].answer = [&arrived](const auto&, const auto&) {
    for (++arrived; arrived < 8;)
      std::this_thread::yield();
    return Outcome::retry("down");
  };
  dispatch();
  for (int i = 0; i < 8; ++i)
    answered("q-" + std::to_string(i));
  settle();
  BOOST_TEST(ask("SELECT failures FROM v_handlers") == "2");
  clock.advance(10s);
  arrived = 8;
  settle();
  BOOST_TEST(notes["h"].given.size() == 9u);
}

BOOST_AUTO_TEST_CASE(attempts_that_a_stop_interrupts_do_not_count)
{
  delivery::HandlerConfiguration& handler = add("h");
  handler.retry.attempts = 1;
  handler.circuit = 1;
  notes["h"].answer = [](const delivery::Delivery& result, const std::stop_token& stop) {
    while (result.attempt == 1 && !stop.stop_requested())
      std::this_thread::yield();
    return result.attempt == 1 ? Outcome::retry("stopped") : Outcome::done();
  };
  dispatch();
  answered("q-1");
  BOOST_TEST(dispatcher->step());
  while (ask("SELECT count(*) FROM deliveries WHERE state = 'running'") != "1")
    dispatcher->step();
  BOOST_TEST(dispatcher->stop(std::chrono::steady_clock::now()));
  BOOST_TEST(ask("SELECT state || ' ' || attempts FROM v_deliveries") == "due 1");
  BOOST_TEST(ask("SELECT circuit || failures FROM v_handlers") == "closed0");
  dispatcher.reset();
  dispatch();
  settle();
  BOOST_TEST(ask("SELECT state || ' ' || attempts FROM v_deliveries") == "done 2");
}

// A store whose calls in a pass can fail, or take time.
class Hooked final : public store::DeliveryStore
{
public:
  Hooked(store::DeliveryStore& store, std::function<void()> before_call)
      : store_(store), before_call_(std::move(before_call))
  {
  }

  std::int64_t last_event() override { return store_.last_event(); }
  std::int64_t routed() override { return store_.routed(); }
  Opened open(const std::vector<store::HandlerState>& handlers, std::int64_t after,
              base::TimePoint now) override
  {
    return store_.open(handlers, after, now);
  }
  std::vector<model::Event> events_after(std::int64_t event, std::size_t most) override
  {
    before_call_();
    return store_.events_after(event, most);
  }
  bool has_due(const std::vector<store::Capacity>& capacities, base::TimePoint now) override
  {
    before_call_();
    return store_.has_due(capacities, now);
  }
  std::map<std::string, base::TimePoint> probe_times() override { return store_.probe_times(); }
  std::vector<store::Claim> advance(const Step& step, base::TimePoint now) override
  {
    before_call_();
    return store_.advance(step, now);
  }
  base::Blob document(const model::Event& event, base::Spool& spool) override
  {
    return store_.document(event, spool);
  }

private:
  store::DeliveryStore& store_;
  std::function<void()> before_call_;
};

// Receiving comes first: after a part of the backlog, routing pauses for four times what it took.
BOOST_AUTO_TEST_CASE(a_backlog_is_routed_in_parts)
{
  add("h").match.labels = {"none"};
  Hooked slow(store->deliveries(), [this] { ticks += 10ms; });
  const auto routing = make(&slow);
  routing->open();
  std::vector<model::Postback> many;
  for (int i = 0; i < 1'200; ++i) {
    many.push_back(postback_of(result_of("q-" + std::to_string(i)), clock.now()));
    many.back().deliver_unmatched = true;
  }
  keep_all(many);
  const auto routed = [this] {
    return ask("SELECT value - first FROM settings, eras WHERE name = 'routed'");
  };
  routing->step(); // reads events and records: 20 ms
  BOOST_TEST(routed() == "500");
  ticks += 60ms;
  routing->step();
  BOOST_TEST(routed() == "500");
  ticks += 20ms;
  routing->step();
  BOOST_TEST(routed() == "1000");
  ticks += 80ms;
  routing->step();
  BOOST_TEST(routed() == "1200");
}

BOOST_AUTO_TEST_CASE(outcomes_of_handlers_survive_a_failing_store)
{
  add("h");
  int failing = 0;
  Hooked flaky(store->deliveries(), [&failing] {
    if (failing > 0 && --failing == 0) throw base::Failure(base::Errc::unavailable, "database is locked");
  });
  for (int failing_call = 1; failing_call <= 6; ++failing_call) {
    const std::string id = "q-" + std::to_string(failing_call);
    dispatcher = make(&flaky);
    dispatcher->open();
    answered(id);
    failing = failing_call;
    BOOST_TEST(eventually([this, &id] {
      try {
        dispatcher->step();
      } catch (const base::Failure&) {
      }
      return ask("SELECT state FROM v_deliveries WHERE query_id = '" + id + "'") == "done";
    }));
    BOOST_TEST(ask("SELECT attempts FROM v_deliveries WHERE query_id = '" + id + "'") == "1");
    dispatcher.reset();
  }
}

BOOST_AUTO_TEST_SUITE_END()

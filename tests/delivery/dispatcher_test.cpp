// The dispatcher over a real store, with handlers that do as they are told and a clock that stands still.
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <set>

#include "delivery/dispatcher.hpp"
#include "store/store_fixture.hpp"
#include "support/process.hpp"
#include "support/spool.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace std::chrono_literals;
using delivery::Outcome;

namespace
{

// Answers as it was told to, and notes what it was given.
class Script final : public delivery::Handler
{
public:
  struct Notes {
    std::mutex mutex;
    std::vector<delivery::Result> given;
    std::function<Outcome(const delivery::Result&, const std::stop_token&)> answer =
        [](const auto&, const auto&) { return Outcome::done(); };
  };

  explicit Script(Notes& notes) : notes_(notes) {}

  Outcome handle(const delivery::Result& result, std::stop_token stop) override
  {
    {
      const std::lock_guard lock(notes_.mutex);
      notes_.given.push_back(result);
    }
    return notes_.answer(result, stop);
  }

private:
  Notes& notes_;
};

struct DispatcherFixture : StoreFixture {
  DiskSpool spool;
  std::map<std::string, Script::Notes> notes;
  delivery::HandlerRegistry registry;
  std::vector<delivery::HandlerConfiguration> handlers;
  std::unique_ptr<delivery::Dispatcher> dispatcher;

  DispatcherFixture()
  {
    open();
    registry.add("script", [this](const delivery::HandlerOptions& given) {
      return std::make_unique<Script>(notes[given.name]);
    });
  }

  delivery::HandlerConfiguration& add(const std::string& name)
  {
    notes[name];
    delivery::HandlerConfiguration handler;
    handler.options.name = name;
    handler.options.kind = "script";
    handlers.push_back(handler);
    return handlers.back();
  }

  void dispatch()
  {
    dispatcher = make();
    BOOST_REQUIRE(dispatcher->open());
  }
  std::unique_ptr<delivery::Dispatcher> make()
  {
    return std::make_unique<delivery::Dispatcher>(
        handlers, registry, store->deliveries(), spool.spool, clock,
        delivery::Dispatcher::Options{
            options.connection.path.string() + "-dispatcher", [] { return 0.5; }, {}, {}});
  }

  // Until nothing runs and nothing is due now.
  void settle()
  {
    BOOST_REQUIRE(eventually([this] {
      while (dispatcher->step()) {
      }
      return ask("SELECT count(*) FROM deliveries WHERE state = 'running'") == "0";
    }));
    while (dispatcher->step()) {
    }
  }

  void answered(const std::string& query_id, const std::string& value = "1")
  {
    tell("INSERT INTO queries (query_id, label, api, datasets) VALUES ('" + query_id +
         "', 'l', 'people', 'basic_data, phones')");
    BOOST_REQUIRE(keep(*store, postback_of(result_of(query_id, value), clock.now())).has_value());
  }
  std::string states()
  {
    return ask("SELECT group_concat(handler || ' ' || query_id || ' ' || state, ', ') FROM (SELECT * FROM "
               "v_deliveries ORDER BY id)");
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(dispatcher, DispatcherFixture)

BOOST_AUTO_TEST_CASE(a_result_reaches_each_handler_that_wants_it)
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
  const delivery::Result& given = notes["all"].given.front();
  BOOST_TEST(given.event == "result");
  BOOST_TEST(given.query_id == "q-1");
  BOOST_TEST(given.label == "l");
  BOOST_TEST(given.status == "ok");
  BOOST_TEST(given.route == "/postback");
  BOOST_TEST(given.document.size() == result_of("q-1", "x").size());
  BOOST_TEST(given.key != notes["people"].given.front().key);
  BOOST_TEST(ask("SELECT delivered FROM v_stats") == "3");
  BOOST_TEST(ask("SELECT outcome FROM v_attempts LIMIT 1") == "done");
}

BOOST_AUTO_TEST_CASE(a_retry_waits_longer_each_time_and_is_dead_in_the_end)
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
    keys.insert(given.key);
  BOOST_TEST(keys.size() == 1u);
  BOOST_TEST(ask("SELECT dead FROM v_stats") == "1");
}

BOOST_AUTO_TEST_CASE(a_handler_decides_on_delay_and_death)
{
  add("h");
  notes["h"].answer = [](const delivery::Result& result, const auto&) {
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

BOOST_AUTO_TEST_CASE(a_dead_endpoint_burns_no_attempts)
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

BOOST_AUTO_TEST_CASE(in_order_means_that_one_that_fails_holds_the_others)
{
  delivery::HandlerConfiguration& handler = add("h");
  handler.in_order = true;
  handler.circuit = 100;
  std::atomic<int> failures = 2;
  notes["h"].answer = [&failures](const delivery::Result& result, const auto&) {
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

BOOST_AUTO_TEST_CASE(what_a_crash_left_running_runs_again_with_the_same_key)
{
  add("h");
  dispatch();
  answered("q-1");
  settle();
  const std::string key = notes["h"].given.front().key;
  dispatcher.reset();
  tell("UPDATE deliveries SET state = 'running', done_at = NULL");
  tell("UPDATE attempts SET finished_at = NULL, outcome = NULL");
  dispatch();
  settle();
  BOOST_TEST(notes["h"].given.size() == 2u);
  BOOST_TEST(notes["h"].given.back().key == key);
  BOOST_TEST(notes["h"].given.back().attempt == 2);
  BOOST_TEST(ask("SELECT group_concat(outcome || ' ' || coalesce(detail, ''), ',') FROM v_attempts") ==
             "retry the daemon ended while it ran,done ");
}

BOOST_AUTO_TEST_CASE(one_dispatches_and_another_stands_by)
{
  add("h");
  dispatch();
  auto second = make();
  BOOST_TEST(!second->open());
  dispatcher.reset();
  BOOST_TEST(second->open());
}

BOOST_AUTO_TEST_CASE(a_new_handler_gets_what_comes_from_now_on)
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

BOOST_AUTO_TEST_CASE(overdue_queries_and_unmatched_postbacks_go_to_who_names_them)
{
  add("results");
  add("others").match.kinds = {model::EventKind::overdue, model::EventKind::unmatched};
  dispatch();
  tell("INSERT INTO queries (query_id, label, deadline_at) VALUES ('late', 'mine', "
       "'2026-01-01T00:00:00.000Z')");
  model::Postback stranger = postback_of(result_of("stranger"), clock.now());
  stranger.deliver_unmatched = true;
  BOOST_TEST(keep(*store, stranger).has_value());
  BOOST_TEST(keep(*store, stranger).has_value());
  clock.advance(2s);
  settle();
  settle();
  BOOST_TEST(ask("SELECT state FROM v_queries WHERE query_id = 'late'") == "overdue");
  BOOST_TEST(states() == "others stranger done, others late done");
  BOOST_TEST(notes["others"].given.back().document.bytes() ==
             R"({"Event":"overdue","QueryId":"late","Label":"mine"})");
  // A late result answers it still.
  BOOST_TEST(keep(*store, postback_of(result_of("late"), clock.now())).has_value());
  settle();
  BOOST_TEST(notes["results"].given.back().query_id == "late");
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
  BOOST_TEST(dispatcher->stop(0ms));
  BOOST_TEST(ask("SELECT count(*) FROM v_deliveries WHERE handler = 'slow' AND state = 'due'") == "10");
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
  BOOST_TEST(keep(*store, postback).has_value());
  settle();
  BOOST_TEST(!notes["h"].given.front().document.in_memory());
  BOOST_TEST((notes["h"].given.front().document == base::Blob(body)));
}

BOOST_AUTO_TEST_SUITE_END()

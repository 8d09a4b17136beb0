// Two receivers on one database.
#include <thread>

#include "store/contract/contract_fixture.hpp"
#include "store/postgresql/schema.hpp"
#include "support/postgresql_server.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace postbackd::test::contract;
using namespace std::chrono_literals;

namespace
{

struct Receivers : Contract {
  PostgresqlServer& server = PostgresqlServer::of_program();
  std::unique_ptr<store::Store> other = store::open(options);

  std::string psql(const std::string& sql) const { return server.psql(options.server->url, sql); }
  std::int64_t count(const std::string& what) const
  {
    return std::stoll(psql("SELECT count(*) FROM postbackd." + what));
  }

  static base::Result<model::Kept> keep_at(store::Store& at, const model::Postback& postback,
                                           base::TimePoint now)
  {
    boost::asio::io_context io;
    auto kept = boost::asio::co_spawn(io, at.postbacks().keep(postback, now), boost::asio::use_future);
    io.run();
    return kept.get();
  }
  static base::Result<store::Enqueued> register_at(store::Store& at, const std::string& query_id,
                                                   base::TimePoint now)
  {
    boost::asio::io_context io;
    const model::Query query{.query_id = query_id};
    auto entered =
        boost::asio::co_spawn(io, at.queries().register_query(query, now), boost::asio::use_future);
    io.run();
    return entered.get();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(several_receivers, Receivers)

BOOST_AUTO_TEST_CASE(the_same_postback_on_both_is_one_postback_and_a_repeat)
{
  registers("q-1");
  const model::Postback given = postback(result_of("q-1"));
  const auto first = keep_at(*store, given, clock.now()).value();
  const auto second = keep_at(*other, given, clock.now()).value();
  BOOST_TEST(second.receipt == first.receipt);
  BOOST_TEST(second.repeat);
  BOOST_TEST(kinds("q-1") == "result+1");
}

// The server plans a statement once, for a store that was empty then.
BOOST_AUTO_TEST_CASE(a_store_that_was_empty_finds_each_row_by_an_index)
{
  const auto scans = [this](const std::string& kind) {
    return std::stoll(psql("SELECT sum(" + kind +
                           ") FROM pg_stat_user_tables WHERE relname IN ('queries', 'postbacks', 'bodies', "
                           "'events', 'pieces')"));
  };
  psql("ANALYZE");
  store.reset(), other.reset(); // a session tells its figures at its end
  const auto before = scans("seq_scan");
  store = store::open(options);
  for (int i = 0; i < 20; ++i) {
    const std::string id = "q-" + std::to_string(i);
    registers(id);
    keep_at(*store, postback(result_of(id)), clock.now()).value();
    keep_at(*store, postback(result_of(id)), clock.now()).value();                    // a repeat
    keep_at(*store, postback(result_of(id + "-unknown")), clock.now()).value();       // nobody's
    keep_at(*store, postback(R"({"QueryId":")" + id + R"("})"), clock.now()).value(); // a notice
  }
  store.reset();
  BOOST_REQUIRE(eventually([&] { return scans("idx_scan") >= 100; }));
  BOOST_TEST(scans("seq_scan") == before);
}

// Each pair at the same moment: a postback on both, and a postback beside the registration of its query.
BOOST_AUTO_TEST_CASE(colliding_pairs_end_as_one_and_matched)
{
  const char* const asked = std::getenv("POSTBACKD_PAIRS");
  const int pairs = asked ? std::stoi(asked) : 300;
  const auto at_once = [](const std::function<void()>& one, const std::function<void()>& two) {
    std::thread beside(one);
    two();
    beside.join();
  };
  for (int i = 0; i < pairs; ++i) {
    const std::string id = "pair-" + std::to_string(i);
    const model::Postback given = postback(result_of(id));
    if (i % 2 == 0) {
      registers(id);
      at_once([&] { keep_at(*store, given, clock.now()).value(); },
              [&] { keep_at(*other, given, clock.now()).value(); });
    } else {
      at_once([&] { keep_at(*store, given, clock.now()).value(); },
              [&] { register_at(*other, id, clock.now()).value(); });
    }
  }
  BOOST_TEST(count("v_queries WHERE state = 'answered'") == pairs);
  BOOST_TEST(count("v_postbacks WHERE kind = 'result'") == pairs);
  BOOST_TEST(count("v_postbacks") == pairs);
  BOOST_TEST(count("v_events WHERE event = 'result'") == pairs);
  BOOST_TEST(psql("SELECT sum(repeats) FROM postbackd.v_postbacks") == std::to_string((pairs + 1) / 2));
}

BOOST_AUTO_TEST_CASE(who_reads_on_after_the_last_event_misses_none)
{
  constexpr int each = 200;
  std::atomic<int> writing = 2;
  const auto write = [&](store::Store& at, const std::string& name) {
    for (int i = 0; i < each; ++i) {
      const std::string id = name + std::to_string(i);
      register_at(at, id, clock.now()).value();
      keep_at(at, postback(result_of(id)), clock.now()).value();
    }
    --writing;
  };
  std::thread first([&] { write(*store, "a-"); });
  std::thread second([&] { write(*other, "b-"); });
  std::set<std::string> seen;
  std::int64_t last = 0;
  bool done = false;
  while (!done) {
    done = writing == 0; // once more after the end
    for (auto events = store->queries().events_after(last, 7); !events.empty();
         events = store->queries().events_after(last, 7)) {
      BOOST_TEST(events.front().id > last);
      last = events.back().id;
      for (const model::Event& event : events)
        seen.insert(event.query_id);
    }
  }
  first.join();
  second.join();
  BOOST_TEST(seen.size() == 2u * each);
}

BOOST_AUTO_TEST_CASE(a_commit_wakes_the_others)
{
  other.reset();
  store::StoreOptions listening = options;
  std::atomic<int> woken = 0;
  listening.on_others = [&woken] { ++woken; };
  other = store::open(listening);
  BOOST_REQUIRE(eventually([&] { return woken > 0; })); // what it may have missed
  const int before = woken;
  keep("x");
  BOOST_TEST(eventually([&] { return woken > before; }));
}

BOOST_AUTO_TEST_CASE(a_lost_lease_is_heard_of_and_nothing_is_claimed_under_it)
{
  store.reset();
  options.lease = 60s;
  store = store::open(options);
  BOOST_REQUIRE(store->leadership().try_lead(store::Duty::ask));
  BOOST_TEST(!other->leadership().try_lead(store::Duty::ask));
  store->submissions().advance({}, clock.now());
  psql("UPDATE postbackd.leases SET until = now() - interval '1 second'"); // as if it had not been prolonged
  BOOST_REQUIRE(other->leadership().try_lead(store::Duty::ask));
  BOOST_CHECK_THROW(store->submissions().advance({}, clock.now()), base::Failure);
  other->submissions().advance({}, clock.now());
}

BOOST_AUTO_TEST_CASE(deliveries_of_a_dead_process_go_on_elsewhere)
{
  registers("q-1");
  const std::vector<store::HandlerState> handlers{{"h", "exec", false, 0, {}, 0}};
  store->deliveries().open(handlers, 0, clock.now());
  other->deliveries().open(handlers, 0, clock.now());
  keep(result_of("q-1"));
  const auto event = store->deliveries().events_after(0, 10).front();
  const store::DeliveryStore::Step claim{.reports = {},
                                         .deliveries = {{event.id, "h"}},
                                         .routed = event.id,
                                         .capacities = {{"h", 5, false}},
                                         .changed = {}};
  const auto claimed = other->deliveries().advance(claim, clock.now());
  BOOST_REQUIRE(claimed.size() == 1u);
  BOOST_TEST(store->deliveries().advance(claim, clock.now()).empty()); // it runs elsewhere
  psql("UPDATE postbackd.processes SET until = now() - interval '1 minute'");
  store->deliveries().open(handlers, 0, clock.now());
  clock.advance(1s);
  const auto again = store->deliveries().advance(claim, clock.now());
  BOOST_REQUIRE(again.size() == 1u);
  BOOST_TEST(again[0].key == claimed[0].key);
  BOOST_TEST(again[0].attempt == 2);
  // A report of the dead process, which was only slow, changes nothing.
  other->deliveries().advance({.reports = {{.delivery = claimed[0].delivery,
                                            .attempt = 1,
                                            .state = model::DeliveryState::dead,
                                            .outcome = model::AttemptOutcome::dead}}},
                              clock.now());
  BOOST_TEST((operators->deliveries({}, 10).at(0).state == model::DeliveryState::running));
}

BOOST_AUTO_TEST_CASE(processes_of_long_ago_leave_no_rows)
{
  psql("INSERT INTO postbackd.processes (name, host, until) VALUES ('old', 'h', now() - interval '2 days')");
  psql("INSERT INTO postbackd.writers (name, committed, at) VALUES ('old', 1, now() - interval '2 days')");
  other = store::open(options);
  BOOST_TEST(count("processes WHERE name = 'old'") == 0);
  BOOST_TEST(count("writers WHERE name = 'old'") == 0);
  BOOST_TEST(count("processes WHERE until > now()") == 2); // of the living, none
}

BOOST_AUTO_TEST_CASE(machines_must_mean_the_same_key)
{
  store->agree("query_key /a", {"one"});
  other->agree("query_key /a", {"one"});
  BOOST_CHECK_THROW(other->agree("query_key /a", {"two"}), base::Failure);
  BOOST_CHECK_THROW(other->agree("query_key /a", {}), base::Failure);
  other->agree("query_key /a", {"two", "one"}); // it changes: both are known here
  store->agree("query_key /a", {"two", "one"});
  BOOST_CHECK_THROW(store->agree("query_key /a", {"one"}), base::Failure);
}

BOOST_AUTO_TEST_CASE(an_older_receiver_leaves_a_newer_store_alone)
{
  psql("UPDATE postbackd.settings SET value = '2' WHERE name = 'version'");
  const auto is_said = [](const base::Failure& e) {
    return std::string(e.what()).find("a newer postbackd") != std::string::npos;
  };
  BOOST_CHECK_EXCEPTION(store::open(options), base::Failure, is_said);
  BOOST_CHECK_EXCEPTION(store::open_operator(options, 1s, store::Access::read), base::Failure, is_said);
}

BOOST_AUTO_TEST_CASE(a_store_is_migrated_once_and_not_under_others)
{
  postgresql::ConnectionOptions connection;
  connection.url = options.server->url;
  postgresql::Database database(connection);
  const std::vector<store::postgresql::Migration> steps{{2, "CREATE TABLE one (a int)"},
                                                        {3, "CREATE TABLE two (a int)"}};
  BOOST_CHECK_THROW(store::postgresql::make_store(database, steps), base::Failure); // these two live
  other.reset();
  store.reset();
  operators.reset();
  store::postgresql::make_store(database, steps);
  BOOST_TEST(psql("SELECT value FROM postbackd.settings WHERE name = 'version'") == "3");
  BOOST_TEST(count("one") + count("two") == 0); // they are there
  BOOST_CHECK_THROW(store::postgresql::make_store(database, steps),
                    base::Failure); // this program knows 1 only
}

BOOST_AUTO_TEST_SUITE_END()

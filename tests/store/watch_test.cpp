// What a process notes of itself: refusals by day, alerts from their beginning to their end; and what a
// report makes of a day.
#include <boost/test/unit_test.hpp>

#include "store/open.hpp"
#include "store/report.hpp"
#include "store/store_fixture.hpp"
#include "support/spool.hpp"
#include "text/time.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace std::chrono_literals;
using store::Alert;

namespace
{

struct WatchFixture : StoreFixture {
  WatchFixture()
  {
    open();
    tell("INSERT INTO handlers (name, kind, first_event) VALUES ('pager', 'exec', 0), ('crm', 'exec', 0)");
  }

  void see(const std::string& source, const std::vector<Alert>& seen)
  {
    store->watch().set_alerts(source, seen, clock.now()).value();
  }
  std::string events() { return ask("SELECT count(*) FROM events WHERE kind = 'alert'"); }
  std::string document(std::int64_t event)
  {
    const auto found = store->deliveries().events_after(event - 1, 1);
    return std::string(store->deliveries().document(found.at(0), disk.spool).bytes());
  }

  DiskSpool disk;
};

const Alert overdue{"overdue", "", false, "overdue queries: 3"};
const Alert dead{"dead", "crm", false, "dead deliveries to crm: 1"};

} // namespace

BOOST_FIXTURE_TEST_SUITE(watch, WatchFixture)

BOOST_AUTO_TEST_CASE(an_alert_has_one_event_at_its_beginning_and_one_at_its_end)
{
  see("postbackd", {overdue});
  see("postbackd", {overdue});
  BOOST_TEST(events() == "1");
  Alert more = overdue;
  more.what = "overdue queries: 10000";
  see("postbackd", {more, dead});
  BOOST_TEST(events() == "2");
  BOOST_TEST(ask("SELECT what FROM v_alerts WHERE name = 'overdue'") == more.what);
  see("postbackd", {dead});
  BOOST_TEST(events() == "3");
  BOOST_TEST(ask("SELECT ended_at IS NOT NULL FROM v_alerts WHERE name = 'overdue'") == "1");
  see("postbackd", {overdue, dead}); // anew
  BOOST_TEST(events() == "4");
  BOOST_TEST(ask("SELECT count(*) FROM v_alerts WHERE ended_at IS NULL") == "2");
}

BOOST_AUTO_TEST_CASE(a_source_ends_its_own_alerts_only)
{
  see("receive", {{"certificate", "", true, "it has expired"}});
  see("deliver, ask, keep", {overdue});
  see("deliver, ask, keep", {});
  BOOST_TEST(ask("SELECT group_concat(name) FROM v_alerts WHERE ended_at IS NULL") == "certificate");
  const auto figures = store->postbacks().figures(clock.now()).value();
  BOOST_REQUIRE(figures.alerts.size() == 1u);
  BOOST_TEST(figures.alerts[0].source == "receive");
}

BOOST_AUTO_TEST_CASE(an_event_tells_which_handler_it_is_about_and_whether_it_is_over)
{
  see("postbackd", {dead});
  clock.advance(1min);
  see("postbackd", {});
  const auto found = store->deliveries().events_after(0, 10);
  BOOST_REQUIRE(found.size() == 2u);
  BOOST_TEST(found[0].about == "crm");
  BOOST_TEST(found[0].label == "dead");
  const std::string began = document(found[0].id);
  const std::string ended = document(found[1].id);
  BOOST_TEST(began.find(R"("State":"began")") != std::string::npos,
             began); // also when it is read after the end
  BOOST_TEST(ended.find(R"("State":"ended")") != std::string::npos, ended);
  BOOST_TEST(began.find(R"("What":"dead deliveries to crm: 1")") != std::string::npos, began);
}

BOOST_AUTO_TEST_CASE(alerts_of_long_ago_go_with_their_events)
{
  see("postbackd", {overdue});
  see("postbackd", {});
  tell("INSERT INTO deliveries (event_id, handler, state, created_at) SELECT id, 'pager', 'done', created_at "
       "FROM events WHERE kind <> 'era'");
  clock.advance(std::chrono::days(91));
  see("postbackd", {dead});
  BOOST_TEST(ask("SELECT count(*) FROM deliveries") == "1"); // the newest: its number must not come again
  tell("INSERT INTO deliveries (event_id, handler, created_at) SELECT max(id), 'pager', created_at FROM "
       "events");
  see("postbackd", {});
  BOOST_TEST(ask("SELECT count(*) FROM v_alerts") == "1");
  BOOST_TEST(events() == "2");
  BOOST_TEST(ask("SELECT count(*) FROM deliveries") == "1");
}

BOOST_AUTO_TEST_CASE(refusals_of_a_day_are_bounded_and_none_is_lost)
{
  std::vector<store::RefusalCount> many;
  for (int i = 0; i < 1'000; ++i)
    many.push_back({"unauthorized", "2001:db8::" + std::to_string(i), "/postback", 2, clock.now()});
  store->watch().add_refusals(many).value();
  store->watch().add_refusals({many[0], many[999]}).value();
  BOOST_TEST(ask("SELECT sum(count) FROM v_refusals") == "2004");
  BOOST_TEST(std::stoi(ask("SELECT count(*) FROM v_refusals")) <= 301);
  BOOST_TEST(ask("SELECT count FROM v_refusals WHERE remote = '2001:db8::0'") == "4");
  clock.advance(std::chrono::days(401));
  store->watch().add_refusals({{"store", "192.0.2.1", "/postback", 1, clock.now()}}).value();
  BOOST_TEST(ask("SELECT sum(count) FROM v_refusals") == "1");
}

BOOST_AUTO_TEST_CASE(growth_is_measured_over_days)
{
  store->watch().note_size(clock.now()).value();
  tell("UPDATE stats SET database_bytes = database_bytes - 70000000");
  clock.advance(std::chrono::days(7));
  store->watch().note_size(clock.now()).value();
  const auto growth = store->postbacks().figures(clock.now()).value().growth;
  BOOST_TEST(growth >= 9'900'000);
  BOOST_TEST(growth <= 10'100'000);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(report, WatchFixture)

// Against a count of all rows, on days of which each has its own mixture.
BOOST_AUTO_TEST_CASE(a_report_counts_what_a_scan_counts)
{
  const base::TimePoint first{std::chrono::days(20'000)};
  const auto at = [&](int day, int i) { return text::format_time(first + std::chrono::days(day) + i * 1s); };
  std::string sql = "BEGIN;";
  int row = 0;
  for (int day = 0; day < 5; ++day)
    for (int i = 0; i < 200; ++i, ++row) {
      const char* state = i % 10 == 0     ? "overdue"
                          : i % 17 == 0   ? "lost"
                          : i % 19 == day ? "closed"
                                          : "answered";
      const bool answered = std::string(state) == "answered";
      sql +=
          "INSERT INTO queries (query_id, label, state, created_at, deadline_at, answered_at) VALUES ('q-" +
          std::to_string(row) + "', 'label-" + std::to_string(day) + "', '" + state + "', '" + at(day, i) +
          "', '" + at(day, i + 60) + "', " + (answered ? "'" + at(day, i + 1 + i % 100) + "'" : "NULL") +
          ");";
    }
  tell(sql + "COMMIT;");
  const auto operators = store::open_operator(options.path, options.busy_timeout, store::Access::read);
  for (int day = 0; day < 5; ++day) {
    const auto made = operators->report(first + std::chrono::days(day), first + std::chrono::days(day + 1));
    const std::string of_day = " FROM queries WHERE day = '" + at(day, 0).substr(0, 10) + "' ";
    BOOST_TEST(std::to_string(made.registered) == ask("SELECT count(*)" + of_day));
    BOOST_TEST(std::to_string(made.answered) == ask("SELECT count(*)" + of_day + "AND state = 'answered'"));
    BOOST_TEST(std::to_string(made.by_state.at("lost")) ==
               ask("SELECT count(*)" + of_day + "AND state = 'lost'"));
    BOOST_TEST(std::to_string(made.late) ==
               ask("SELECT count(*)" + of_day + "AND answered_at > deadline_at"));
    BOOST_TEST(std::to_string(made.missing.size()) ==
               ask("SELECT count(*)" + of_day + "AND state IN ('overdue', 'lost')"));
    BOOST_TEST(made.missing.front().label == "label-" + std::to_string(day));
    BOOST_TEST(made.query_to_result.p50 >= 40s);
    BOOST_TEST(made.query_to_result.p99 <= 100s);
    BOOST_TEST(!made.sampled);
  }
  BOOST_TEST(operators->report(first - std::chrono::days(2), first - std::chrono::days(1)).registered == 0);
  BOOST_TEST(operators->report(first + std::chrono::days(7), first + std::chrono::days(8)).registered == 0);
}

BOOST_AUTO_TEST_CASE(percentiles_are_of_the_times_that_there_are)
{
  std::vector<std::chrono::milliseconds> times;
  BOOST_TEST(store::percentiles_of(times).count == 0);
  for (int i = 100; i > 0; --i)
    times.push_back(std::chrono::milliseconds(i));
  const auto made = store::percentiles_of(times);
  BOOST_TEST(made.p50.count() == 50);
  BOOST_TEST(made.p95.count() == 95);
  BOOST_TEST(made.p99.count() == 99);
}

BOOST_AUTO_TEST_SUITE_END()

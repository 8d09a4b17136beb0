// What a process notes of itself, and what is read of it: alerts, refusals, sizes, the clock.
#include "store/contract/contract_fixture.hpp"
#include "store/report.hpp"
#include "support/spool.hpp"
#include "text/time.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace postbackd::test::contract;
using namespace std::chrono_literals;

namespace
{

const std::atomic<bool> no_stop = false;
const store::Alert overdue{"overdue", "", false, "overdue queries: 3"};
const store::Alert dead{"dead", "crm", false, "dead deliveries to crm: 1"};

struct Watching : Contract {
  void see(const std::string& source, const std::vector<store::Alert>& seen)
  {
    store->watch().set_alerts(source, seen, clock.now()).value();
  }
  store::StoreFigures figures() { return store->postbacks().figures(clock.now()).value(); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(watching, Watching)

BOOST_AUTO_TEST_CASE(an_alert_has_an_event_at_its_beginning_and_one_at_its_end_and_is_its_sources_own)
{
  see("receive", {overdue});
  see("receive", {overdue, dead});
  see("work", {});
  BOOST_TEST(events() == "alert alert");
  BOOST_TEST(figures().alerts.size() == 2u);
  see("receive", {dead});
  BOOST_TEST(events() == "alert alert alert");
  const auto found = store->deliveries().events_after(0, 10);
  BOOST_TEST(found.at(1).about == "crm");
  DiskSpool disk;
  const auto document = [&](std::size_t event) {
    return std::string(store->deliveries().document(found.at(event), disk.spool).bytes());
  };
  BOOST_TEST(document(0).find(R"("State":"began")") != std::string::npos, document(0));
  BOOST_TEST(document(2).find(R"("State":"ended")") != std::string::npos, document(2));
}

BOOST_AUTO_TEST_CASE(refusals_of_a_day_are_counted_by_sender_up_to_some_hundreds)
{
  std::vector<store::RefusalCount> many;
  for (int i = 0; i < 500; ++i)
    many.push_back({"unauthorized", "2001:db8::" + std::to_string(i), "/postback", 2, clock.now()});
  store->watch().add_refusals(many).value();
  store->watch().add_refusals({many[0], many[499]}).value();
  const auto refusals = operators->report(clock.now() - 24h, clock.now() + 24h).refusals; // the most first
  BOOST_REQUIRE(refusals.size() > 2u);
  BOOST_TEST(refusals.at(0).remote == ""); // the rest
  BOOST_TEST(refusals.at(0).count == 1'004u - 4 - 2 * 299);
  BOOST_TEST(refusals.at(1).remote == "2001:db8::0");
  BOOST_TEST(refusals.at(1).count == 4u);
}

BOOST_AUTO_TEST_CASE(alerts_are_listed_with_their_end_the_newest_first)
{
  see("receive", {overdue});
  see("receive", {overdue, dead});
  clock.advance(5min);
  see("receive", {dead});
  const auto alerts = store->watch().alerts(INT64_MAX, 10);
  BOOST_REQUIRE(alerts.size() == 2u);
  BOOST_TEST(alerts[0].name == "dead");
  BOOST_TEST(alerts[0].handler == "crm");
  BOOST_TEST(alerts[0].source == "receive");
  BOOST_TEST(!alerts[0].ended_at);
  BOOST_TEST(alerts[1].what == overdue.what);
  BOOST_TEST((alerts[1].ended_at == clock.now()));
  BOOST_TEST((alerts[1].began_at == clock.now() - 5min));
  const auto older = store->watch().alerts(alerts[0].id, 10);
  BOOST_REQUIRE(older.size() == 1u);
  BOOST_TEST(older[0].id == alerts[1].id);
  BOOST_TEST(store->watch().alerts(INT64_MAX, 1).size() == 1u);
}

BOOST_AUTO_TEST_CASE(who_read_and_erased_what_is_listed_the_newest_first)
{
  BOOST_TEST(store->watch().accesses(INT64_MAX, 10).empty());
  run(store->queries().note_access({"crm", "result", {"q-1", "q-2"}}, clock.now())).value();
  clock.advance(1s);
  run(store->queries().note_access({"ops", "erase", {"q-1"}}, clock.now())).value();
  const auto accesses = store->watch().accesses(INT64_MAX, 2);
  BOOST_REQUIRE(accesses.size() == 2u);
  BOOST_TEST(accesses[0].client == "ops");
  BOOST_TEST(accesses[0].action == "erase");
  BOOST_TEST((accesses[0].at == clock.now()));
  BOOST_TEST(accesses[1].query == "q-2");
  const auto older = store->watch().accesses(accesses[1].id, 10);
  BOOST_REQUIRE(older.size() == 1u);
  BOOST_TEST(older[0].query == "q-1");
}

BOOST_AUTO_TEST_CASE(refusals_and_counts_are_read_from_a_day_on)
{
  const std::string today = text::day_of(clock.now());
  const std::string tomorrow = text::day_of(clock.now() + 24h);
  store->watch()
      .add_refusals({{"unauthorized", "192.0.2.1", "/postback", 2, clock.now()},
                     {"unauthorized", "192.0.2.1", "/postback", 3, clock.now() + 24h},
                     {"too_large", "192.0.2.2", "/postback", 1, clock.now()}})
      .value();
  const auto refusals = store->watch().refusals(today, 10);
  BOOST_REQUIRE(refusals.size() == 2u);
  BOOST_TEST(refusals[0].remote == "192.0.2.1");
  BOOST_TEST(refusals[0].count == 5u);
  BOOST_TEST((refusals[0].last == clock.now() + 24h));
  BOOST_TEST(store->watch().refusals(tomorrow, 10).at(0).count == 3u);
  BOOST_TEST(store->watch().refusals(today, 1).size() == 1u);

  registers("q-1");
  keep(result_of("q-1"));
  const auto days = store->watch().days(today);
  BOOST_REQUIRE(days.size() == 1u);
  BOOST_TEST(days[0].day == today);
  BOOST_TEST(days[0].counts.at("results") == 1);
  BOOST_TEST(days[0].counts.at("registered") == 1);
  BOOST_TEST(store->watch().days(tomorrow).empty());
}

BOOST_AUTO_TEST_CASE(a_report_is_of_its_time)
{
  const auto from = clock.now();
  registers("q-1");
  registers("q-2");
  keep(result_of("q-1"));
  const store::Report report = store->watch().report(from, from + 1h);
  BOOST_TEST(report.registered == 2);
  BOOST_TEST(report.answered == 1);
  BOOST_TEST(report.by_state.at("pending") == 1);
  BOOST_TEST(report.counts.at("results") == 1);
  BOOST_REQUIRE(report.missing.size() == 1u);
  BOOST_TEST(report.missing[0].query_id == "q-2");
  BOOST_TEST(store->watch().report(from - 2h, from - 1h).registered == 0);
}

BOOST_AUTO_TEST_CASE(sizes_and_times_are_noted)
{
  store->watch().note_size(clock.now()).value();
  BOOST_TEST(figures().database_bytes > 0u);
  BOOST_TEST(!store->upkeep().last_seen().value());
  run(store->upkeep().note_time(clock.now())).value();
  BOOST_TEST((store->upkeep().last_seen().value() == clock.now()));
  const auto before = clock.now();
  clock.advance(-1h); // a clock that went back
  run(store->upkeep().note_time(clock.now())).value();
  BOOST_TEST((store->upkeep().last_seen().value() == before));
}

BOOST_AUTO_TEST_CASE(a_probe_writes_and_is_refused_once_its_patience_is_over)
{
  BOOST_TEST(run(store->postbacks().probe(clock.now(), 10s)).has_value());
  BOOST_TEST(store->id() == operators->archive().id());
  store->agree("something", {"a"});
  BOOST_TEST(!operators->is_led(store::Duty::keep));
  BOOST_TEST(store->leadership().try_lead(store::Duty::keep));
  BOOST_TEST(store->leadership().leads(store::Duty::keep));
  BOOST_TEST(operators->is_led(store::Duty::keep));
  BOOST_TEST(!operators->is_led(store::Duty::ask));
}

BOOST_AUTO_TEST_CASE(what_is_old_goes_kind_by_kind_and_what_waits_stays)
{
  store->leadership().try_lead(store::Duty::keep);
  registers("q-1");
  registers("q-2");
  keep(result_of("q-1"));
  clock.advance(std::chrono::hours(24 * 40));
  const auto remove = [&](store::OldKind kind) {
    return run(store->upkeep().remove_old(kind, clock.now() - 24h, clock.now(), no_stop)).value();
  };
  BOOST_TEST(remove(store::OldKind::bodies) == 1);
  BOOST_TEST(operators->result("q-1").value() == ""); // its bytes are gone, and it is answered nevertheless
  BOOST_TEST((state("q-1") == model::QueryState::answered));
  BOOST_TEST(remove(store::OldKind::queries) == 0); // one waits, the other has a postback
  run(store->upkeep().remove_orphans(std::chrono::steady_clock::now()));
}

BOOST_AUTO_TEST_SUITE_END()

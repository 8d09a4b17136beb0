// Who is sent next, and when a group has ended.
#include "store/contract/asking_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace postbackd::test::contract;
using model::QueryState;
using model::SubmissionOutcome;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(groups, Asking)

BOOST_AUTO_TEST_CASE(a_single_query_does_not_wait_behind_a_batch)
{
  for (int i = 0; i < 50; ++i)
    enqueue(of("batch", i % 2 == 0 ? "import-7" : "import-8", i));
  clock.advance(1s);
  enqueue(of("person", "", 100));
  enqueue(of("batch", "", 101));
  BOOST_TEST(turns(2) == "batch person ");
  std::size_t others = 0;
  for (int pass = 0; pass < 2; ++pass) // its three lanes take turns
    others += submissions().advance({.most_submissions = 2, .allowance = 5s}, clock.now()).submissions.size();
  BOOST_TEST(others == 4u);
  BOOST_TEST(store->queries().list({.state = QueryState::queued}, local, 100).size() == 46u);
  BOOST_TEST(
      store->queries().list({.state = QueryState::submitting, .group = "import-7"}, local, 100).size() >= 1u);
}

BOOST_AUTO_TEST_CASE(a_client_has_so_many_at_the_platform_at_most)
{
  for (int i = 0; i < 5; ++i)
    enqueue(of("shop", "", i));
  enqueue(of("ledger", "", 10));
  BOOST_TEST(turns(10, {{"shop", 2}}) == "ledger shop shop ");
  BOOST_TEST(turns(10, {{"shop", 2}}).empty());
  BOOST_TEST(turns(10, {{"shop", 3}}) == "shop ");
  BOOST_TEST(turns(10) == "shop shop ");
}

BOOST_AUTO_TEST_CASE(a_group_ends_once_with_its_last_query)
{
  const auto end_groups = [&] { return store->upkeep().end_groups(clock.now()).value(); };
  const std::string first = enqueue(of("shop", "import-7", 1));
  const std::string second = enqueue(of("shop", "import-7", 2));
  enqueue(of("ledger", "import-7", 3));
  const auto claimed = claim();
  for (const auto& each : claimed)
    if (each.correlation == first) answer(each, SubmissionOutcome::refused);
  BOOST_TEST(end_groups() == 0);
  const auto before = store->queries().group({"shop", false}, "shop", "import-7").value();
  BOOST_TEST(before.queries == 2);
  BOOST_TEST(before.open == 1);
  BOOST_TEST(before.states.at(QueryState::failed) == 1);
  for (const auto& each : claimed)
    if (each.correlation == second) {
      answer(each, SubmissionOutcome::accepted, "q-2");
      keep(result_of("q-2"));
    }
  BOOST_TEST(end_groups() == 1);
  BOOST_TEST(end_groups() == 0);
  BOOST_TEST((store->queries().events_after(0, 1'000).back().kind == model::EventKind::group));
  BOOST_TEST(store->queries().events_after(0, 1'000).back().client == "shop");
  BOOST_TEST(store->queries().group({"shop", false}, "shop", "import-7")->ended_at.has_value());
  BOOST_TEST(!store->queries().group({"shop", false}, "ledger", "import-7").has_value());
  BOOST_TEST(store->queries().groups({"", true}, INT64_MAX, 10).size() == 2u);
  // It goes on with another query.
  const std::string third = enqueue(of("shop", "import-7", 4));
  BOOST_TEST(end_groups() == 0);
  BOOST_TEST(run(store->queries().close(seen(third), true, "wrong", clock.now())).value());
  BOOST_TEST(end_groups() == 1);
}

// Lines come in parts; the queries of the first may have their ends before the last one is there.
BOOST_AUTO_TEST_CASE(a_group_does_not_end_while_it_is_filled)
{
  const auto enter = [&](int number) {
    const std::vector<store::QueryStore::Order> part{of("shop", "import-7", number)};
    const auto entered = run(store->queries().enter(part, "/postback", clock.now())).value();
    BOOST_TEST(
        run(store->queries().close(seen(entered.at(0).correlation), true, "wrong", clock.now())).value());
  };
  const auto end_groups = [&] { return store->upkeep().end_groups(clock.now()).value(); };
  enter(1);
  BOOST_TEST(end_groups() == 0);
  enter(2);
  BOOST_TEST(run(store->queries().end_filling("shop", {"import-7"})).has_value());
  BOOST_TEST(end_groups() == 1);
  enter(3); // and whoever enters it is gone
  BOOST_TEST(end_groups() == 0);
  clock.advance(61s);
  BOOST_TEST(end_groups() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

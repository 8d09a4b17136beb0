// Who asks can stop, bound, count and repeat what he asked.
#include "store/contract/recoveries_fixture.hpp"
#include "text/time.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace postbackd::test::contract;
using model::QueryState;
using model::SubmissionOutcome;
using namespace std::chrono_literals;

namespace
{

struct Asking : Recoveries {
  store::Viewer local{"", true};

  model::Submission of(const std::string& client, const std::string& group = {}, int number = 0) const
  {
    model::Submission submission = question;
    submission.client = client;
    submission.q = "doc{" + std::to_string(number) + "}";
    if (!group.empty()) submission.group = group;
    return submission;
  }
  std::int64_t close_all(store::QueriesToClose which, bool dry_run = false)
  {
    return store->queries().close_all(std::move(which), local, "not needed", dry_run, clock.now());
  }
  std::int64_t submitted(const std::string& client)
  {
    std::int64_t count = 0;
    for (const auto& day : store->queries().usage({client, false}, {"0000", "9999"}))
      count += day.submitted;
    return count;
  }
  // The clients of the next submissions, in order.
  std::string turns(std::size_t most, std::map<std::string, std::size_t> bounds = {})
  {
    std::string order;
    const auto work = submissions().advance(
        {.most_submissions = most, .most_of_clients = bounds, .allowance = 5s}, clock.now());
    for (const auto& each : work.submissions)
      order += operators->find(each.correlation)->client + " ";
    return order;
  }
  std::vector<std::string> events_of(const std::string& id)
  {
    std::vector<std::string> kinds;
    for (const model::Event& event : store->queries().events_after(0, 1'000))
      if (event.own_id == id || event.group == id) kinds.emplace_back(model::to_text(event.kind));
    return kinds;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(asking, Asking)

BOOST_AUTO_TEST_CASE(what_is_queued_is_taken_back_and_never_sent)
{
  const std::string kept = enqueue(of("shop", "a", 1));
  const std::string taken = enqueue(of("shop", "a", 2));
  BOOST_TEST(run(store->queries().close(seen(taken), true, "wrong", clock.now())).value());
  BOOST_TEST(!run(store->queries().close(seen(taken), true, "wrong", clock.now())).value());
  BOOST_TEST((state(taken) == QueryState::closed));
  const auto sent = claim();
  BOOST_REQUIRE(sent.size() == 1u);
  BOOST_TEST(sent.at(0).correlation == kept);
  BOOST_TEST(events_of(taken).size() == 1u);
  // What may have been sent is not taken back.
  BOOST_TEST(!run(store->queries().close(seen(kept), true, "wrong", clock.now())).value());
  answer(sent.at(0), SubmissionOutcome::accepted, "q-1");
  BOOST_TEST(!run(store->queries().close(seen(kept), true, "wrong", clock.now())).value());
  BOOST_TEST(run(store->queries().close(seen(kept), false, "wrong", clock.now())).value());
  BOOST_TEST(submitted("shop") == 1);
}

BOOST_AUTO_TEST_CASE(a_batch_is_taken_back_by_its_group_its_label_or_the_beginning_of_its_keys)
{
  int number = 0;
  for (const char* client : {"shop", "ledger"})
    for (const char* key : {"import-7/1", "import-7/2", "import-8/1"}) {
      model::Submission each = of(client, std::string(key).substr(0, 8), ++number);
      each.key = key;
      each.label = std::string(key).substr(9);
      enqueue(each);
    }
  BOOST_TEST(close_all({.key_prefix = "import-7/"}, true) == 4);
  BOOST_TEST(close_all({.key_prefix = "import-7/", .client = "shop"}, true) == 2);
  BOOST_TEST(
      store->queries().close_all({.group = "import-7"}, {"shop", false}, "wrong", false, clock.now()) == 2);
  BOOST_TEST(close_all({.group = "import-7"}, true) == 2);
  BOOST_TEST(close_all({.label = "1"}) == 3);
  BOOST_TEST(close_all({.key_prefix = "import"}) == 1);
  BOOST_TEST(close_all({.key_prefix = "import"}) == 0);
  BOOST_TEST(claim().empty());
  BOOST_TEST(submitted("shop") + submitted("ledger") == 0);
  BOOST_TEST(operators->close({.deadline_before = clock.now() + 24h}, "late", 10, true, clock.now()) == 0);
}

BOOST_AUTO_TEST_CASE(what_is_not_sent_in_time_is_closed_unsent)
{
  model::Submission timed = of("shop", "", 1);
  timed.expires_at = clock.now() + 1min;
  const std::string expiring = enqueue(timed);
  model::Submission dated = of("shop", "", 2);
  dated.deadline_at = clock.now() + 1h;
  const std::string by_deadline = enqueue(dated);
  const std::string other = enqueue(of("shop", "", 3));
  clock.advance(1min);
  BOOST_TEST(submissions().has_work({}, clock.now())); // also while nothing may be sent
  submissions().advance({}, clock.now());
  BOOST_TEST((state(expiring) == QueryState::closed));
  BOOST_TEST(operators->find(expiring)->reason.starts_with("it expired: it was not sent until "));
  BOOST_TEST(events_of(expiring).size() == 1u);
  BOOST_TEST((state(by_deadline) == QueryState::queued));
  clock.advance(1h);
  submissions().advance({}, clock.now());
  BOOST_TEST((state(by_deadline) == QueryState::closed));
  clock.advance(6 * 24h);
  submissions().advance({}, clock.now());
  BOOST_TEST((state(other) == QueryState::queued)); // 7 days, by default
  clock.advance(24h);
  submissions().advance({}, clock.now());
  BOOST_TEST((state(other) == QueryState::closed));
  BOOST_TEST(submitted("shop") == 0);
  BOOST_TEST(!submissions().has_work({.most_submissions = 10}, clock.now()));
}

BOOST_AUTO_TEST_CASE(a_deadline_that_is_a_time_does_not_move)
{
  model::Submission dated = of("shop");
  dated.deadline_at = clock.now() + 1h;
  dated.expires_at = clock.now() + 24h;
  const std::string id = enqueue(dated);
  const auto is_there = [&] { return operators->find(id)->deadline_at.value() == *dated.deadline_at; };
  BOOST_TEST(is_there());
  for (int attempt = 0; attempt < 3; ++attempt) {
    clock.advance(5min);
    const auto claimed = claim();
    BOOST_REQUIRE(claimed.size() == 1u);
    BOOST_TEST(is_there());
    answer(claimed.at(0), attempt < 2 ? SubmissionOutcome::not_accepted : SubmissionOutcome::accepted,
           attempt < 2 ? "" : "q-1");
    BOOST_TEST(is_there());
  }
}

BOOST_AUTO_TEST_CASE(a_client_submits_no_more_than_its_budget_and_what_was_not_sent_is_given_back)
{
  using Exceeded = model::Budget::Exceeded;
  while (!text::format_time(clock.now()).substr(8).starts_with("05"))
    clock.advance(24h); // a day in the middle of a month
  const auto ask = [&](int number) {
    model::Submission each = of("shop", "", number);
    each.budget = {.per_day = 2, .per_month = 3};
    each.key = "k-" + std::to_string(number);
    return queue(each);
  };
  BOOST_TEST(ask(1).is_new);
  BOOST_TEST(ask(2).is_new);
  BOOST_TEST((ask(3).exceeded == Exceeded::day));
  BOOST_TEST(!ask(2).is_new); // a repeat costs nothing
  BOOST_TEST((ask(2).exceeded == Exceeded::none));
  answer(claim().at(0), SubmissionOutcome::refused);
  BOOST_TEST(ask(3).is_new);
  clock.advance(24h);
  BOOST_TEST(ask(4).is_new);
  BOOST_TEST((ask(5).exceeded == Exceeded::month));
  clock.advance(31 * 24h);
  BOOST_TEST(ask(5).is_new);
  BOOST_TEST(queue(of("ledger", "", 9)).is_new);
  BOOST_TEST(submitted("shop") == 4);
}

BOOST_AUTO_TEST_CASE(usage_tells_what_was_sent_and_what_an_equal_one_answered)
{
  const std::string first = enqueue(of("shop"));
  model::Submission equal = of("ledger");
  equal.max_age = 24h;
  const std::string joined = enqueue(equal);
  BOOST_TEST(submitted("shop") == 1);
  BOOST_TEST(submitted("ledger") == 0);
  BOOST_TEST(store->queries().usage({"ledger", false}, {"0000", "9999"}).at(0).shared == 1);
  BOOST_TEST(store->queries().usage({"", true}, {"0000", "9999"}).size() == 2u);
  // Its heir is sent in its place.
  BOOST_TEST(run(store->queries().close(seen(first), true, "wrong", clock.now())).value());
  share();
  BOOST_TEST(submitted("shop") == 0);
  BOOST_TEST(submitted("ledger") == 1);
  const auto months = store->queries().usage({"", true}, {"0000", "9999", true});
  BOOST_TEST(months.at(0).time == text::format_time(clock.now()).substr(0, 7));
  // What never reached the platform costs nothing.
  const auto claimed = claim().at(0);
  BOOST_TEST(claimed.correlation == joined);
  answer(claimed, SubmissionOutcome::unknown);
  clock.advance(24h);
  store->upkeep().mark_overdue(clock.now()).value();
  report(recoveries().at(0), store::RecoveryReport::Outcome::lost);
  BOOST_TEST((state(joined) == QueryState::lost));
  BOOST_TEST(submitted("ledger") == 0);
}

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

// Who asks can stop, bound, count and repeat what he asked.
#include "store/contract/asking_fixture.hpp"

using namespace postbackd;
using namespace postbackd::test;
using namespace postbackd::test::contract;
using model::QueryState;
using model::SubmissionOutcome;
using namespace std::chrono_literals;

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
  BOOST_TEST(store->queries().close_all({.group = "import-7", .client = "ledger"}, {"shop", false}, "wrong",
                                        false,
                                        clock.now()) == 0); // not its own instead
  BOOST_TEST(
      store->queries().close_all({.group = "import-7"}, {"shop", false}, "wrong", false, clock.now()) == 2);
  BOOST_TEST(close_all({.group = "import-7"}, true) == 2);
  BOOST_TEST(close_all({.key = "import-7/1"}, true) == 1); // that of ledger
  BOOST_TEST(close_all({.state = model::QueryState::queued}, true) == 4);
  BOOST_TEST(close_all({.state = model::QueryState::overdue}, true) == 0);
  BOOST_TEST(close_all({.state = model::QueryState::queued, .api = "people", .client = "shop"}, true) == 1);
  BOOST_TEST(close_all({.api = "companies"}, true) == 0);
  BOOST_TEST(close_all({.since = clock.now()}, true) == 4);
  BOOST_TEST(close_all({.until = clock.now()}, true) == 0);
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
  BOOST_TEST(store->postbacks().figures(clock.now())->expired == 1); // of yesterday and today
}

// Other programs write it too, and it becomes a header field.
BOOST_AUTO_TEST_CASE(the_file_takes_no_invalid_trace)
{
  const std::string id = "0af7651916cd43dd8448eb211c80319c";
  const std::string span = "b7ad6b7169203331";
  int count = 0;
  const auto takes = [&](const std::string& trace) {
    model::Query query;
    query.query_id = "q-" + std::to_string(++count);
    query.trace = trace;
    return run(store->queries().register_query(query, clock.now())).has_value();
  };
  BOOST_TEST(takes("00-" + id + "-" + span + "-01"));
  BOOST_TEST(takes("00-" + id + "-" + span + "-00 a=1,b=2"));
  for (const std::string& wrong :
       {"00-" + std::string(32, '-') + "-" + span + "-01", "00-" + std::string(32, '0') + "-" + span + "-01",
        "00-" + id + "-" + std::string(16, '0') + "-01", "00-" + id + "-" + span + "-0g",
        "00-" + id + "-" + span + "-01,a=1", "01-" + id + "-" + span + "-01",
        "00-" + id + "-" + span + "-01 a=\r\nX: y", "00-" + id + "-" + span})
    BOOST_TEST(!takes(wrong), wrong);
}

BOOST_AUTO_TEST_CASE(parameters_and_the_trace_are_kept_and_given_on)
{
  model::Submission asked = of("shop");
  asked.key = "k";
  asked.parameters = R"({"Limit":1})";
  asked.trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 a=1";
  const std::string id = enqueue(asked);
  BOOST_TEST(queue(asked).correlation == id);
  model::Submission other = asked;
  other.parameters.reset();
  BOOST_TEST(queue(other).belongs_to_another == "key");
  // With other parameters it is not equal.
  other.key.reset();
  other.max_age = 24h;
  BOOST_TEST(!queue(other).is_served);
  model::Submission equal = asked;
  equal.key.reset();
  equal.max_age = 24h;
  const store::Enqueued joined = queue(equal);
  BOOST_TEST(joined.is_served);
  const auto claimed = claim();
  BOOST_REQUIRE(claimed.size() == 2u);
  // Of two that are due at the same time, either is claimed first.
  const store::ClaimedSubmission& first = claimed.at(claimed.at(0).correlation == id ? 0 : 1);
  BOOST_TEST(first.submission.parameters.value() == *asked.parameters);
  BOOST_TEST(first.submission.trace.value() == *asked.trace);
  BOOST_TEST(operators->find(id)->trace == *asked.trace);
  // Its heir is sent with them.
  answer(first, SubmissionOutcome::accepted, "q-1");
  BOOST_TEST(run(store->queries().close(seen(id), false, "wrong", clock.now())).value());
  submissions().advance({}, clock.now());
  const auto heir = claim();
  BOOST_REQUIRE(heir.size() == 1u);
  BOOST_TEST(heir.at(0).correlation == joined.correlation);
  BOOST_TEST(heir.at(0).submission.parameters.value() == *asked.parameters);
  for (const model::Event& event : store->queries().events_after(0, 100))
    BOOST_TEST(event.trace == *asked.trace);
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

// The platform has the time that a request may take.
BOOST_AUTO_TEST_CASE(a_query_is_not_overdue_while_its_request_is_under_way)
{
  model::Submission dated = of("shop");
  dated.deadline_at = clock.now() + 2s;
  dated.expires_at = clock.now() + 24h;
  const std::string id = enqueue(dated);
  const auto claimed = claim().at(0); // it may take 5 s
  clock.advance(3s);
  mark_overdue();
  BOOST_TEST((state(id) == QueryState::submitting));
  answer(claimed, SubmissionOutcome::not_accepted);
  BOOST_TEST((state(id) == QueryState::queued));
  clock.advance(10s);
  answer(claim().at(0), SubmissionOutcome::refused);
  BOOST_TEST((state(id) == QueryState::failed));
  BOOST_TEST(events_of(id).size() == 1u);
}

BOOST_AUTO_TEST_CASE(whoever_joins_does_not_expire_with_the_other)
{
  model::Submission brief = of("shop");
  brief.expires_at = clock.now() + 1s;
  const std::string first = enqueue(brief);
  answer(claim().at(0), SubmissionOutcome::accepted, "q-1");
  clock.advance(3s);
  model::Submission equal = of("ledger");
  equal.max_age = 24h;
  const std::string heir = enqueue(equal);
  BOOST_TEST(run(store->queries().close(seen(first), false, "wrong", clock.now())).value());
  share();
  BOOST_TEST(claim().at(0).correlation == heir);
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
  // What is asked anew and may not be keeps its key.
  const auto ended = store->queries().list({.key = "k-4"}, local, 1).at(0);
  BOOST_TEST(run(store->queries().close(seen(ended.id()), true, "wrong", clock.now())).value());
  BOOST_TEST(ask(5).is_new);
  model::Submission anew = of("shop", "", 4);
  anew.budget = {.per_day = 2, .per_month = 3};
  anew.key = "k-4";
  anew.again = true;
  BOOST_TEST((queue(anew).exceeded == Exceeded::month));
  anew.again = false;
  BOOST_TEST(queue(anew).row == ended.row);
  clock.advance(31 * 24h);
  BOOST_TEST(ask(6).is_new);
  BOOST_TEST(queue(of("ledger", "", 9)).is_new);
  BOOST_TEST(submitted("shop") == 4); // three in the month before
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

BOOST_AUTO_TEST_SUITE_END()

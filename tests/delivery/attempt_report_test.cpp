#include <boost/test/unit_test.hpp>

#include "delivery/attempt_report.hpp"

using namespace postbackd;
using namespace std::chrono_literals;
using delivery::Attempt;
using delivery::Outcome;
using model::AttemptOutcome;
using model::DeliveryState;

namespace
{

const model::RetryPolicy policy{.first = 10s, .factor = 2.0, .attempts = 3};
const base::TimePoint at{std::chrono::milliseconds(1'000'000)};

Attempt attempt(Outcome outcome, int counted = 1)
{
  Attempt attempt{
      .claim = {.delivery = 7, .attempt = 9, .counted = counted}, .outcome = std::move(outcome), .at = at};
  return attempt;
}

} // namespace

BOOST_AUTO_TEST_SUITE(attempt_report)

BOOST_AUTO_TEST_CASE(done_and_dead_end_a_delivery)
{
  const auto done = report_of(attempt(Outcome::done("fine")), policy, 0.5);
  BOOST_TEST((done.state == DeliveryState::done));
  BOOST_TEST((done.outcome == AttemptOutcome::done));
  BOOST_TEST(done.delivery == 7);
  BOOST_TEST(done.attempt == 9);
  const auto dead = report_of(attempt(Outcome::dead("never")), policy, 0.5);
  BOOST_TEST((dead.state == DeliveryState::dead));
  BOOST_TEST((dead.outcome == AttemptOutcome::dead));
}

BOOST_AUTO_TEST_CASE(a_retry_is_due_after_the_handlers_or_the_policys_delay)
{
  BOOST_TEST((report_of(attempt(Outcome::retry("down"), 2), policy, 0.5).next_attempt_at == at + 20s));
  BOOST_TEST((report_of(attempt(Outcome::retry("down", 5min), 2), policy, 0.5).next_attempt_at == at + 5min));
}

BOOST_AUTO_TEST_CASE(the_last_attempt_that_counts_makes_it_dead)
{
  BOOST_TEST((report_of(attempt(Outcome::retry("down"), 2), policy, 0.5).state == DeliveryState::due));
  const auto last = report_of(attempt(Outcome::retry("down"), 3), policy, 0.5);
  BOOST_TEST((last.state == DeliveryState::dead));
  BOOST_TEST((last.outcome == AttemptOutcome::retry));
}

BOOST_AUTO_TEST_CASE(a_failed_probe_of_an_open_circuit_does_not_count)
{
  Attempt probe = attempt(Outcome::retry("down"), 3);
  probe.probe = true;
  const auto report = report_of(probe, policy, 0.5);
  BOOST_TEST((report.state == DeliveryState::due));
  BOOST_TEST(report.forgiven);
  BOOST_TEST((report.next_attempt_at > at));
  probe.outcome = Outcome::dead("never");
  BOOST_TEST((report_of(probe, policy, 0.5).state == DeliveryState::dead));
}

BOOST_AUTO_TEST_CASE(an_interrupted_attempt_is_due_at_once_and_never_dead)
{
  Attempt interrupted = attempt(Outcome::retry("stopped"), 3);
  interrupted.interrupted = true;
  const auto report = report_of(interrupted, policy, 0.5);
  BOOST_TEST((report.state == DeliveryState::due));
  BOOST_TEST(report.forgiven);
  BOOST_TEST((report.next_attempt_at == at));
}

BOOST_AUTO_TEST_CASE(its_detail_is_bounded)
{
  BOOST_TEST(report_of(attempt(Outcome::done(std::string(1 << 20, 'x'))), policy, 0.5).detail.size() ==
             4096u + 200u);
}

BOOST_AUTO_TEST_SUITE_END()

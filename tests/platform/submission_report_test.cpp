// When a submission that was not accepted is sent again.
#include <boost/test/unit_test.hpp>

#include "platform/submission_report.hpp"

using namespace postbackd;
using namespace std::chrono_literals;

namespace
{

// The pause before the next attempt.
std::chrono::milliseconds pause_after(std::optional<std::chrono::seconds> retry_after)
{
  model::RetryPolicy retry;
  retry.first = 2s;
  platform::Acknowledgement acknowledgement;
  acknowledgement.outcome = model::SubmissionOutcome::not_accepted;
  acknowledgement.retry_after = retry_after;
  const base::TimePoint now = base::TimePoint(1'800'000'000'000ms);
  const auto report = platform::report_of({.correlation = "c", .attempt = 1}, acknowledgement, retry, now, 1);
  return report.next_attempt_at - now;
}

} // namespace

BOOST_AUTO_TEST_SUITE(submission_report)

BOOST_AUTO_TEST_CASE(the_platforms_own_delay_counts_where_it_is_longer_and_up_to_an_hour)
{
  const auto usual = pause_after(std::nullopt);
  BOOST_TEST((usual > 0ms && usual < 60s));
  BOOST_TEST((pause_after(0s) == usual));
  BOOST_TEST((pause_after(90s) == 90s));
  BOOST_TEST((pause_after(100h) == 1h));
}

BOOST_AUTO_TEST_SUITE_END()

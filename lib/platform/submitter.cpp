#include "platform/submitter.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace postbackd::platform
{
namespace
{

using From = Acknowledgement::Outcome;
using To = store::Answer::Outcome;

To outcome_of(From outcome)
{
  switch (outcome) {
  case From::accepted:
    return To::accepted;
  case From::refused:
    return To::refused;
  case From::not_accepted:
    return To::not_accepted;
  case From::unknown:
    break;
  }
  return To::unknown;
}

constexpr std::chrono::seconds longest_retry_after = std::chrono::hours(1);

} // namespace

store::Answer answer_of(const store::Submission& submission, const Acknowledgement& acknowledgement,
                        const model::RetryPolicy& retry, base::TimePoint now, double jitter)
{
  const auto delay = std::max<std::chrono::milliseconds>(
      retry.delay(submission.attempt, jitter),
      std::min(acknowledgement.retry_after.value_or(std::chrono::seconds(0)), longest_retry_after));
  if (acknowledgement.outcome != From::accepted)
    base::log::warning("not_acknowledged", {{"correlation", submission.correlation},
                                            {"api", submission.question.api},
                                            {"why", acknowledgement.message}});
  return {.correlation = submission.correlation,
          .attempt = submission.attempt,
          .outcome = outcome_of(acknowledgement.outcome),
          .query_id = acknowledgement.query_id,
          .code = acknowledgement.code,
          .message = acknowledgement.message,
          .next_attempt_at = now + delay};
}

} // namespace postbackd::platform

#include "platform/submitter.hpp"

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

} // namespace

store::Answer answer_of(const store::Submission& submission, const Acknowledgement& acknowledgement,
                        const model::RetryPolicy& retry, base::TimePoint now, double jitter)
{
  const auto delay = std::max<std::chrono::milliseconds>(
      retry.delay(submission.attempt, jitter), acknowledgement.retry_after.value_or(std::chrono::seconds(0)));
  if (acknowledgement.outcome != From::accepted)
    base::log::warning("not_acknowledged", {{"correlation", submission.correlation},
                                            {"api", submission.question.api},
                                            {"why", acknowledgement.message}});
  return {submission.correlation,   outcome_of(acknowledgement.outcome),
          acknowledgement.query_id, acknowledgement.code,
          acknowledgement.message,  now + delay};
}

} // namespace postbackd::platform

#include "platform/submission_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.hpp"
#include "model/trace_context.hpp"

namespace postbackd::platform
{
namespace
{

constexpr std::chrono::seconds longest_retry_after = std::chrono::hours(1);

} // namespace

store::SubmissionReport report_of(const store::ClaimedSubmission& claimed,
                                  const Acknowledgement& acknowledgement, const model::RetryPolicy& retry,
                                  base::TimePoint now, double jitter)
{
  const auto delay = std::max<std::chrono::milliseconds>(
      retry.delay(claimed.attempt, jitter),
      std::min(acknowledgement.retry_after.value_or(std::chrono::seconds(0)), longest_retry_after));
  // The platform's own text may quote the query: it stays in the store.
  if (acknowledgement.outcome != model::SubmissionOutcome::accepted)
    base::log::warning(
        "not_acknowledged",
        {{"correlation", claimed.correlation},
         {"api", claimed.submission.api},
         base::log::Field::if_known("trace_id", model::trace_id_of(claimed.submission.trace.value_or(""))),
         {"why",
          acknowledgement.code ? fmt::format("code {}", *acknowledgement.code) : acknowledgement.message}});
  return {.correlation = claimed.correlation,
          .attempt = claimed.attempt,
          .outcome = acknowledgement.outcome,
          .query_id = acknowledgement.query_id,
          .code = acknowledgement.code,
          .message = acknowledgement.message,
          .next_attempt_at = now + delay};
}

} // namespace postbackd::platform

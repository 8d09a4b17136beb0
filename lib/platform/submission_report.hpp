#pragma once

#include "model/retry_policy.hpp"
#include "platform/platform_client.hpp"
#include "store/submission_store.hpp"

namespace postbackd::platform
{

// Returns the store's report of a submission. One that was not accepted is sent again after the policy's
// delay, or the platform's. `jitter` is from 0 to 1.
store::SubmissionReport report_of(const store::ClaimedSubmission& claimed,
                                  const Acknowledgement& acknowledgement, const model::RetryPolicy& retry,
                                  base::TimePoint now, double jitter);

} // namespace postbackd::platform

#pragma once

#include "model/retry_policy.hpp"
#include "platform/platform_client.hpp"
#include "store/question_store.hpp"

namespace postbackd::platform
{

// What the store is to remember of a submission. What was not accepted is submitted again after the policy's
// delay, or when the platform says; `jitter` from 0 to 1.
store::Answer answer_of(const store::Submission& submission, const Acknowledgement& acknowledgement,
                        const model::RetryPolicy& retry, base::TimePoint now, double jitter);

} // namespace postbackd::platform

#pragma once

#include "delivery/handler_runner.hpp"

namespace postbackd::delivery
{

// Decides the state of a delivery after an attempt: done, due again after the handler's or the policy's
// delay, or dead. A failed probe of an open circuit does not count. `jitter` is from 0 to 1. Pure.
store::DeliveryReport report_of(const Attempt& attempt, const model::RetryPolicy& retry, double jitter);

// Returns the report of a delivery that the handler was not called for (Attempt::unwanted).
store::DeliveryReport unwanted_report_of(const Attempt& attempt);

// Says in the log that this attempt was the last one.
void tell_dead(const Attempt& attempt);

} // namespace postbackd::delivery

#pragma once

#include "delivery/lane.hpp"

namespace postbackd::delivery
{

// What becomes of a delivery by what its handler said: done, due again by the handler's or the policy's
// delay, or dead. `jitter` from 0 to 1. Pure.
store::Report judge(const Finished& finished, const model::RetryPolicy& retry, double jitter);

} // namespace postbackd::delivery

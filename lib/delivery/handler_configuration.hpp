#pragma once

#include "delivery/handler.hpp"
#include "model/event.hpp"
#include "model/retry_policy.hpp"

namespace postbackd::delivery
{

// A handler as the configuration describes it.
struct HandlerConfiguration {
  HandlerOptions options;
  model::EventMatch match;
  std::size_t concurrency = 4;
  double rate = 0; // deliveries that begin in a second; 0: any
  model::RetryPolicy retry;
  int circuit = 5;       // failures in a row that open it
  bool in_order = false; // strictly one at a time, in the order of the events

  bool operator==(const HandlerConfiguration&) const = default;
};

} // namespace postbackd::delivery

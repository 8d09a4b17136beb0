#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "delivery/handler_runner.hpp"
#include "store/delivery_store.hpp"

namespace postbackd::delivery
{

// An operator's retry does not wait for the end of a pause: lets handlers whose circuit is open be probed as
// early as the store says.
inline void heed_operators(const std::vector<std::unique_ptr<HandlerRunner>>& runners,
                           store::DeliveryStore& store)
{
  if (std::none_of(runners.begin(), runners.end(), [](const auto& runner) { return runner->is_open(); }))
    return;
  const auto times = store.probe_times();
  for (const auto& runner : runners)
    if (const auto time = times.find(runner->configuration().options.name); time != times.end())
      runner->probe_from(time->second);
}

} // namespace postbackd::delivery

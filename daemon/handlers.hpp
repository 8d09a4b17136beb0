#pragma once

#include "base/clock.hpp"
#include "configuration.hpp"
#include "delivery/handler.hpp"
#include "store/fanbase_store.hpp"

namespace postbackd
{

// The kinds that are built in. What they refer to must outlive the registry and what it makes; without a
// store they can only be checked.
void add_built_in_handlers(delivery::HandlerRegistry& registry, const base::Clock& clock,
                           store::FanbaseStore* store = nullptr);

// The handlers of the configuration, with their secrets read; to check only, without those that systemd would
// hand over. Throws ConfigurationError when one cannot be made.
std::vector<delivery::HandlerConfiguration> handler_configurations(const Configuration& configuration,
                                                                   const delivery::HandlerRegistry& registry,
                                                                   bool check_only);

} // namespace postbackd

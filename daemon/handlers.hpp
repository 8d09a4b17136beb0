#pragma once

#include "base/clock.hpp"
#include "configuration/configuration.hpp"
#include "delivery/handler.hpp"
#include "store/fanbase_store.hpp"

namespace postbackd
{

// The kinds that are built in. What they refer to must outlive the registry and what it makes; without a
// store they can only be checked.
void add_built_in_handlers(delivery::HandlerRegistry& registry, const base::Clock& clock,
                           store::FanbaseStore* store = nullptr);

// The handlers with their secrets read; when `check_only`, without those that only systemd hands over. Throws
// ConfigurationError when one cannot be made.
std::vector<delivery::HandlerConfiguration>
handler_configurations(const std::vector<HandlerSettings>& handlers,
                       const delivery::HandlerRegistry& registry, bool check_only);

} // namespace postbackd

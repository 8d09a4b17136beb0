#pragma once

#include "base/clock.hpp"
#include "configuration/configuration.hpp"
#include "delivery/handler.hpp"
#include "store/fanbase_store.hpp"

namespace postbackd
{

// Adds the built-in kinds. The clock and the store must outlive the registry and its handlers; without a
// store, handlers can only be checked.
void add_handler_kinds(delivery::HandlerRegistry& registry, const base::Clock& clock,
                       store::FanbaseStore* store = nullptr);

// Returns the handlers with their secrets; with `check_only`, without secrets that only systemd hands over.
// Throws ConfigurationError if a handler cannot be made.
std::vector<delivery::HandlerConfiguration>
handler_configurations(const std::vector<HandlerSettings>& handlers,
                       const delivery::HandlerRegistry& registry, bool check_only);

} // namespace postbackd

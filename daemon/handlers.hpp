#pragma once

#include "base/clock.hpp"
#include "configuration/configuration.hpp"
#include "delivery/handler.hpp"
#include "store/fanbase_store.hpp"

namespace postbackd
{

// Adds the built-in kinds. The clock and the store must outlive the registry and its handlers; without a
// store, handlers can only be checked. `messages`: as of make_exec_handler().
void add_handler_kinds(delivery::HandlerRegistry& registry, const base::Clock& clock,
                       const std::filesystem::path& messages = {}, store::FanbaseStore* store = nullptr);

// Removes the message files that processes have left which have ended, and returns the beginning of the paths
// of new ones: in the unit's own directory, which goes with it, or else beside the store.
std::filesystem::path prepare_messages(const std::filesystem::path& store);

// Returns the handlers with their secrets; with `check_only`, without secrets that only systemd hands over.
// Throws ConfigurationError if a handler cannot be made.
std::vector<delivery::HandlerConfiguration>
handler_configurations(const std::vector<HandlerSettings>& handlers,
                       const delivery::HandlerRegistry& registry, bool check_only);

} // namespace postbackd

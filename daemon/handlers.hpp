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

// Returns the handlers with their secrets, for a start. One whose secret cannot be read is unusable.
std::vector<delivery::HandlerConfiguration>
handler_configurations(const std::vector<HandlerSettings>& handlers);

// Returns why handlers cannot run, with their places in the configuration. Secrets that only the unit has are
// not looked at outside.
std::vector<std::string> mistakes_of(const std::vector<HandlerSettings>& handlers,
                                     const delivery::HandlerRegistry& registry);

} // namespace postbackd

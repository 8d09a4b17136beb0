#pragma once

#include <string>
#include <vector>

#include "configuration/configuration.hpp"
#include "delivery/handler.hpp"

namespace postbackd
{

// Returns all that would keep a daemon with this configuration from starting, or a handler from running:
// credentials, certificates, the store, the addresses to listen on. Changes nothing, also while that daemon
// runs. What only the unit has is not looked at outside of it.
std::vector<std::string> mistakes_of(const Configuration& configuration,
                                     const delivery::HandlerRegistry& kinds);

} // namespace postbackd

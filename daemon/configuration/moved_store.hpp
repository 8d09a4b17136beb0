#pragma once

#include "configuration/configuration.hpp"

namespace postbackd
{

// Lets a configuration name the place to which its store has moved (`postbackctl store move`). Returns a
// sentence about it for people, or nothing if the store is where the configuration says. Throws base::Failure
// if it cannot be used from here.
std::string follow_moved_store(Configuration& configuration);

} // namespace postbackd

#pragma once

#include <string>

namespace postbackd::base
{

// Returns the name of this machine.
std::string host_name();

} // namespace postbackd::base

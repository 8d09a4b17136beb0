#pragma once

#include "configuration/configuration.hpp"

namespace postbackd
{

// Runs the daemon until its end. Returns the exit code. Apart from application.hpp, which costs half a minute
// to compile.
int run_application(const Configuration& configuration);

} // namespace postbackd

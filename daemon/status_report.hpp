#pragma once

#include <iosfwd>
#include <string>

#include "configuration.hpp"

namespace postbackd
{

// Asks the daemon's admin API and prints what it says, for people. Whether the daemon is ready. Throws
// base::Failure with a sentence for people when it does not answer.
bool print_status(std::ostream& out, const Configuration::Admin& admin);

} // namespace postbackd

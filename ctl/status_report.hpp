#pragma once

#include <iosfwd>
#include <string>

#include "configuration/configuration.hpp"

namespace postbackd::ctl
{

// Calls the daemon's admin API and prints the answer for people. Returns whether the daemon is ready. Throws
// base::Failure with a readable message if it does not answer.
bool print_status(std::ostream& out, const Fixed::Admin& admin);

} // namespace postbackd::ctl

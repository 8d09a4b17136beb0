#pragma once

#include <iosfwd>
#include <string>

#include "configuration/configuration.hpp"

namespace postbackd::ctl
{

// Asks the daemon's admin API and prints the answer for people. Returns whether the daemon is ready. Throws
// base::Failure with a sentence for people when it does not answer.
bool print_status(std::ostream& out, const Fixed::Admin& admin);

} // namespace postbackd::ctl

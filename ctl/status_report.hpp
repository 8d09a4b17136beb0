#pragma once

#include <iosfwd>
#include <string>

#include "configuration/configuration.hpp"

namespace postbackd::ctl
{

enum class StatusForm {
  people,
  json,
  check, // one line for a monitoring system; the exit code is that of a Nagios plugin
};

// Prints a status (admin/status.hpp), what is wrong first. Returns the exit code: 0, or 1 if the daemon is
// not ready; for a check 0 (all is well), 1 (look at it) or 2 (results are refused, or will be soon). Throws
// base::Failure if it is not JSON.
int report_status(std::ostream& out, const std::string& json, StatusForm form);

// Asks the daemon for its status and prints it. Throws base::Failure with a readable message if the daemon
// does not answer; a check prints it and returns 2.
int print_status(std::ostream& out, const Fixed::Admin& admin, StatusForm form);

} // namespace postbackd::ctl

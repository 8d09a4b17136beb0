#pragma once

#include <string>
#include <vector>

#include "command.hpp"
#include "status_report.hpp"

namespace postbackd::ctl
{

// Asks the daemon for its status (docs/openapi.yaml, `Status`). Throws base::Failure with a readable message
// if it does not answer.
std::string status_of(const Fixed::Admin& admin);

// Asks the daemon to make a synced write (GET /readyz). Returns why it would not keep a postback now, or an
// empty text. Throws base::Failure if it does not answer.
std::string why_not_ready(const Configuration& configuration);

// Prints the status of the daemon of this configuration or, if that is not the one that runs, of the halves
// and instances beside it; also what can be seen without the daemon. Returns the exit code of
// report_status(), the worst of all.
int print_status(std::ostream& out, const Load& load, StatusForm form);

} // namespace postbackd::ctl

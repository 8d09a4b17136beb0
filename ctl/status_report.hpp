#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace postbackd::ctl
{

enum class StatusForm {
  people,
  json,
  check, // one line for a monitoring system; the exit code is that of a Nagios plugin
};

// A problem in the status of a daemon, or one that postbackctl sees itself.
struct SeenProblem {
  bool critical;
  std::string what;
};

// Nagios: 0 (OK), 1 (warning: look at it) or 2 (critical: results are refused, or will be soon).
int severity_of(const std::vector<SeenProblem>& problems);

// Prints a status (admin/status.hpp) with what else was seen, what is wrong first. Returns the exit code: 0,
// or 1 if the daemon is not ready; for a check its severity. Throws base::Failure if it is not JSON.
int report_status(std::ostream& out, const std::string& json, StatusForm form,
                  const std::vector<SeenProblem>& seen = {});

// Prints the problems of a daemon that does not answer. Returns the exit code.
int report_problems(std::ostream& out, std::vector<SeenProblem> problems, StatusForm form);

} // namespace postbackd::ctl

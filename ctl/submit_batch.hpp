#pragma once

#include <chrono>
#include <string>

#include "configuration/configuration.hpp"

namespace postbackd::ctl
{

struct BatchOptions {
  std::string file;           // one JSON object per line
  std::string run;            // a name: another run has other keys
  model::Submission defaults; // deadline, deadline_at, expires_at, group and again of lines without one
  bool wait = false;          // for the results, not only for the acknowledgements
};

// Submits each line of the file once: the key of a line is its content, so that an interrupted batch
// continues where it stopped. Submits nothing unless every line is right. Returns the exit code, 0 if all
// went well. Throws base::Failure with file and line.
int submit_batch(const Configuration& configuration, const BatchOptions& options);

} // namespace postbackd::ctl

#pragma once

#include <chrono>
#include <string>

#include "configuration.hpp"

namespace postbackd
{

struct BatchOptions {
  std::string file; // a JSON object a line
  std::string run;
  std::chrono::seconds deadline; // of questions without one
  bool wait = false;             // for the results, not only for the acknowledgements
  bool daemon_runs = true;
};

// Asks each line of the file once: the key of a line is its content, so that a batch that was interrupted
// goes on where it was. Nothing is asked unless every line is right. The exit code: 0 when all went well.
// Throws base::Failure with file and line.
int submit_batch(const Configuration& configuration, const BatchOptions& options);

} // namespace postbackd

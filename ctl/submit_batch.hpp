#pragma once

#include <chrono>
#include <string>

#include "configuration/configuration.hpp"

namespace postbackd::ctl
{

struct BatchOptions {
  std::string file;              // a JSON object a line
  std::string run;               // a name: the keys of another run are others
  std::chrono::seconds deadline; // of lines without one
  bool wait = false;             // for the results, not only for the acknowledgements
};

// Submits each line of the file once: the key of a line is its content, so that an interrupted batch goes on
// where it was. Submits nothing unless every line is right. Returns the exit code: 0 when all went well.
// Throws base::Failure with file and line.
int submit_batch(const Configuration& configuration, const BatchOptions& options);

} // namespace postbackd::ctl

#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "base/blob.hpp"

namespace postbackd::delivery
{

struct Command {
  std::vector<std::string> arguments;   // the program first
  std::vector<std::string> environment; // NAME=VALUE, all of it
  const base::Blob& input;              // its standard input
  std::chrono::milliseconds timeout;
  std::chrono::milliseconds kill_after; // between SIGTERM and SIGKILL
};

struct Ending {
  bool started = false; // if false, `error_number` says why
  int error_number = 0;
  bool timed_out = false;
  bool stopped = false;
  int exit_code = -1; // -1: a signal ended it
  int signal = 0;
  std::string error_output; // the last 4 KiB of its standard error
};

// Runs a command to its end, with everything it starts: a process between us and it is their subreaper, kills
// what is left when the command has ended, and all of it when we die. The command is its own process group
// and has only the descriptors 0, 1 (/dev/null) and 2, which it may use as it likes. A stop counts as its
// timeout. Throws base::Failure if the machine has no process or descriptor left.
Ending run_supervised(const Command& command, std::stop_token stop);

} // namespace postbackd::delivery

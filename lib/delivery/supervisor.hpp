#pragma once

#include <sys/types.h>

namespace postbackd::delivery
{

// The task of the process between us and a command.
struct SupervisorOrder {
  char* const* arguments;
  char* const* environment;
  int input;
  int output;
  int errors;
  int reports; // takes one SupervisorReport
  long timeout_ms;
  long kill_after_ms;
  pid_t parent;
};

struct SupervisorReport {
  int status;       // of waitpid
  int error_number; // why the command did not start; 0: it started
  bool timed_out;   // or it was asked to stop
};

// Runs in a forked child of a process with many threads, so uses only what signal-safety(7) allows. Does not
// return.
[[noreturn]] void supervise(const SupervisorOrder& order);

} // namespace postbackd::delivery

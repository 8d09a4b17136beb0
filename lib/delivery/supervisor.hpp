#pragma once

#include <sys/types.h>

namespace postbackd::delivery
{

// What the process between us and a command has to do.
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
  int error_number; // of what kept the command from starting; 0: it started
  bool timed_out;   // or it was told to stop
};

// Runs in a forked child of a process with many threads: only what signal-safety(7) allows. Does not return.
[[noreturn]] void supervise(const SupervisorOrder& order);

} // namespace postbackd::delivery

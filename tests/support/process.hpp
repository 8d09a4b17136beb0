#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "support/machine.hpp"

namespace postbackd::test
{

// Returns the path of a program of this build: `postbackd`, `postbackctl`.
std::string program(const std::string& name);

// The user `nobody` and its group.
constexpr uid_t nobody = 65534;

// A running child process; the destructor kills it.
class Process
{
public:
  struct Options {
    std::map<std::string, std::string> environment; // in addition to the test's own
    bool as_nobody = false;                         // because root passes every permission check
    std::filesystem::path output;                   // where standard output and error go
    int inherited_socket = -1;                      // unless -1: passed on as systemd does
    int inherited_api_socket = -1;                  // the same, with its name
  };

  Process(const std::vector<std::string>& command, const Options& options);
  explicit Process(const std::vector<std::string>& command) : Process(command, Options()) {}
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool is_running();
  void send_signal(int signal);
  // Waits for its end; returns the exit code, or 128 + the signal. Throws if it does not end within a minute.
  int wait();

private:
  void reap(int flags);

  pid_t pid_ = -1;
  std::optional<int> code_;
};

struct Output {
  int code;
  std::string out; // standard output and error
};

// Runs a program until it ends.
Output run(const std::vector<std::string>& command, const Process::Options& options);
Output run(const std::vector<std::string>& command);

// Polls the condition until it is true; returns false after the time. For events in another process.
template<class Condition>
bool eventually(Condition condition, std::chrono::milliseconds time = patience);

// Lets other processes work for a moment.
void yield_to_others();

template<class Condition>
bool eventually(Condition condition, std::chrono::milliseconds time)
{
  const auto end = std::chrono::steady_clock::now() + time;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    yield_to_others();
  }
  return true;
}

} // namespace postbackd::test

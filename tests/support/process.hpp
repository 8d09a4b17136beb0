#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace postbackd::test
{

// A program of this build: `postbackd`, `postbackctl`.
std::string program(const std::string& name);

// A running child. Killed with the object.
class Process
{
public:
  struct Options {
    std::map<std::string, std::string> environment; // besides the test's own
    bool as_nobody = false;                         // root passes every permission check
    std::filesystem::path output;                   // where standard output and error go
    int inherited_socket = -1;                      // handed over as systemd does, when it is none of -1
  };

  Process(const std::vector<std::string>& command, const Options& options);
  explicit Process(const std::vector<std::string>& command) : Process(command, Options()) {}
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool is_running();
  void send_signal(int signal);
  // Waits for its end, at most a minute; the exit code, or 128 + the signal. Throws when it does not end.
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

// Runs a program to its end.
Output run(const std::vector<std::string>& command, const Process::Options& options);
Output run(const std::vector<std::string>& command);

// Asks again and again until the answer is true; false after the time. For what happens in another process.
template<class Condition>
bool eventually(Condition condition, std::chrono::milliseconds time = std::chrono::seconds(20));

// Lets the other process work for a moment.
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

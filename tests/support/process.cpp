#include "support/process.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "support/temporary_directory.hpp"

namespace postbackd::test
{
namespace
{

// Gives the sockets to this process as systemd does.
void pass_on(const std::vector<std::pair<int, const char*>>& sockets)
{
  constexpr int above = 200; // copies first, so that none is overwritten
  int count = 0;
  std::string names;
  for (const auto& [socket, name] : sockets) {
    if (socket < 0) continue;
    ::dup2(socket, above + count++);
    names += (names.empty() ? "" : ":") + std::string(name);
  }
  for (int i = 0; i < count; ++i)
    ::dup2(above + i, 3 + i); // SD_LISTEN_FDS_START
  for (int i = 0; i < count; ++i)
    ::close(above + i);
  if (count == 0) return;
  ::setenv("LISTEN_FDS", std::to_string(count).c_str(), 1);
  ::setenv("LISTEN_FDNAMES", names.c_str(), 1);
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
}

[[noreturn]] void become(const std::vector<std::string>& command, const Process::Options& options)
{
  if (!options.output.empty()) {
    const int file = ::open(options.output.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0644);
    ::dup2(file, STDOUT_FILENO);
    ::dup2(file, STDERR_FILENO);
  }
  for (const auto& [name, value] : options.environment)
    ::setenv(name.c_str(), value.c_str(), 1);
  if (options.as_nobody && ::geteuid() == 0 && (::setgid(nobody) != 0 || ::setuid(nobody) != 0)) ::_exit(126);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL); // a crashing test leaves no process behind; another user's drops it
  pass_on({{options.inherited_socket, "http"}, {options.inherited_api_socket, "api"}});
  std::vector<char*> arguments;
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

} // namespace

std::string program(const std::string& name) { return std::string(PROGRAMS) + "/" + name; }

void yield_to_others() { std::this_thread::sleep_for(std::chrono::milliseconds(2)); }

Process::Process(const std::vector<std::string>& command, const Options& options)
{
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ == 0) become(command, options);
}

Process::~Process()
{
  if (!is_running()) return;
  ::kill(pid_, SIGKILL);
  reap(0);
}

void Process::reap(int flags)
{
  int status = 0;
  if (code_ || ::waitpid(pid_, &status, flags) != pid_) return;
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool Process::is_running()
{
  reap(WNOHANG);
  return !code_;
}

void Process::send_signal(int signal)
{
  if (is_running()) ::kill(pid_, signal);
}

int Process::wait()
{
  if (!eventually([this] { return !is_running(); },
                  std::chrono::minutes(5))) // it hangs, however slow the machine is
    throw std::runtime_error("a child process does not end");
  return *code_;
}

Output run(const std::vector<std::string>& command, const Process::Options& options)
{
  const TemporaryDirectory directory;
  Process::Options captured = options;
  captured.output = directory / "output";
  std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
  Process process(command, captured);
  const int code = process.wait();
  return {code, read_file(captured.output)};
}

Output run(const std::vector<std::string>& command) { return run(command, {}); }

} // namespace postbackd::test

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

[[noreturn]] void become(const std::vector<std::string>& command, const Process::Options& options)
{
  ::prctl(PR_SET_PDEATHSIG, SIGKILL); // a crashing test leaves no process behind
  if (!options.output.empty()) {
    const int file = ::open(options.output.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0644);
    ::dup2(file, STDOUT_FILENO);
    ::dup2(file, STDERR_FILENO);
  }
  for (const auto& [name, value] : options.environment)
    ::setenv(name.c_str(), value.c_str(), 1);
  if (options.as_nobody && ::geteuid() == 0 && (::setgid(nobody) != 0 || ::setuid(nobody) != 0)) ::_exit(126);
  if (options.inherited_socket >= 0) {
    ::dup2(options.inherited_socket, 3); // SD_LISTEN_FDS_START
    ::fcntl(3, F_SETFD, 0);
    ::setenv("LISTEN_FDS", "1", 1);
    ::setenv("LISTEN_FDNAMES", "http", 1);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  }
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
  if (!eventually([this] { return !is_running(); }, std::chrono::minutes(1)))
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

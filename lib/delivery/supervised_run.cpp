#include "delivery/supervised_run.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/descriptor.hpp"
#include "delivery/supervisor.hpp"

namespace postbackd::delivery
{
namespace
{

constexpr std::size_t kept_error_output = 4 << 10;

[[noreturn]] void fail(const char* what)
{
  throw base::Failure(base::Errc::unavailable, fmt::format("{}: {}", what, std::strerror(errno)));
}

using base::Descriptor;

struct Pipe {
  Pipe()
  {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) fail("pipe2");
    read.reset(ends[0]);
    write.reset(ends[1]);
  }
  Descriptor read;
  Descriptor write;
};

// Writes the document to a file: a command that does not read it blocks nobody.
void write_input(const base::Blob& input, const Descriptor& file)
{
  base::BlobReader reader(input);
  for (auto piece = reader.next(); !piece.empty(); piece = reader.next())
    if (!base::write_all(file, piece)) fail("cannot give the document to the handler");
  ::lseek(file.get(), 0, SEEK_SET);
}

// Returns the pointers that execve needs; the texts must outlive them.
std::vector<char*> pointers(const std::vector<std::string>& texts)
{
  std::vector<char*> result;
  for (const std::string& text : texts)
    result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

// Reads the available bytes; returns false at the end.
bool drain(int descriptor, std::string& tail)
{
  char bytes[16 << 10];
  const ssize_t count = ::read(descriptor, bytes, sizeof bytes);
  if (count <= 0) return count < 0 && errno == EINTR;
  tail.append(bytes, static_cast<std::size_t>(count));
  if (tail.size() > 2 * kept_error_output) tail.erase(0, tail.size() - kept_error_output);
  return true;
}

Ending to_ending(const SupervisorReport& report, std::string tail, bool stopped)
{
  Ending ending;
  ending.started = report.error_number == 0;
  ending.error_number = report.error_number;
  ending.timed_out = report.timed_out && !stopped;
  ending.stopped = report.timed_out && stopped;
  if (WIFEXITED(report.status)) ending.exit_code = WEXITSTATUS(report.status);
  if (WIFSIGNALED(report.status)) ending.signal = WTERMSIG(report.status);
  if (tail.size() > kept_error_output) tail.erase(0, tail.size() - kept_error_output);
  ending.error_output = std::move(tail);
  return ending;
}

// Waits for the supervisor's report, and reads the command's standard error meanwhile.
Ending wait_for(pid_t supervisor, const Pipe& errors, const Pipe& reports, std::stop_token stop)
{
  std::string tail;
  SupervisorReport report{};
  bool reported = false;
  bool stopping = false;
  pollfd watched[]{{errors.read.get(), POLLIN, 0}, {reports.read.get(), POLLIN, 0}};
  while (!reported) {
    if (stop.stop_requested() && !stopping) {
      stopping = true;
      ::kill(supervisor, SIGTERM);
    }
    if (::poll(watched, 2, 50) <= 0) continue;
    if (watched[0].revents != 0 && !drain(errors.read.get(), tail)) watched[0].fd = -1;
    if (watched[1].revents != 0) {
      // Small enough to arrive whole; nothing arrives if somebody has killed the supervisor.
      reported = true;
      if (::read(reports.read.get(), &report, sizeof report) != sizeof report) report.status = SIGKILL;
    }
  }
  int ignored = 0;
  while (::waitpid(supervisor, &ignored, 0) < 0 && errno == EINTR) {
  }
  ::fcntl(errors.read.get(), F_SETFL, O_NONBLOCK);
  while (drain(errors.read.get(), tail)) {
  }
  return to_ending(report, std::move(tail), stopping);
}

} // namespace

Ending run_supervised(const Command& command, std::stop_token stop)
{
  if (stop.stop_requested()) {
    Ending ending;
    ending.started = ending.stopped = true;
    return ending;
  }
  const Descriptor input(::memfd_create("document", MFD_CLOEXEC));
  if (input.get() < 0) fail("memfd_create");
  write_input(command.input, input);
  const Descriptor nothing(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (nothing.get() < 0) fail("/dev/null");
  Pipe errors;
  Pipe reports;
  const std::vector<char*> arguments = pointers(command.arguments);
  const std::vector<char*> environment = pointers(command.environment);
  const SupervisorOrder order{arguments.data(),        environment.data(),         input.get(),
                              nothing.get(),           errors.write.get(),         reports.write.get(),
                              command.timeout.count(), command.kill_after.count(), ::getpid()};
  // Blocks signals while the child still has our signal handlers, which write to pipes that it shares with
  // us.
  sigset_t all;
  sigset_t ours;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &ours);
  const pid_t supervisor = ::_Fork();
  if (supervisor != 0) ::pthread_sigmask(SIG_SETMASK, &ours, nullptr);
  if (supervisor < 0) fail("fork");
  if (supervisor == 0) supervise(order);
  errors.write.reset();
  reports.write.reset();
  return wait_for(supervisor, errors, reports, std::move(stop));
}

} // namespace postbackd::delivery

#include "delivery/supervisor.hpp"

#include <cerrno>
#include <fcntl.h>
#include <initializer_list>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace postbackd::delivery
{
namespace
{

// Our own descriptors after the fork; none above them stays open, neither listening sockets nor connections.
constexpr int reports_descriptor = 3;
constexpr int handed_over = 4; // the first descriptor to close

constexpr int parent_died = SIGUSR1;

long now_ms()
{
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000 + now.tv_nsec / 1'000'000;
}

// Moves the four descriptors to 0 to 3, whatever their numbers were, and closes all others.
void keep_only(const SupervisorOrder& order)
{
  // Moves all to 64 and above first, so that dup2 cannot overwrite one that is still needed.
  const int from[] = {order.input, order.output, order.errors, order.reports};
  int moved[4];
  for (int i = 0; i < 4; ++i) {
    moved[i] = ::fcntl(from[i], F_DUPFD, 64);
    if (moved[i] < 0) ::_exit(1); // without a report, which counts as killed
  }
  for (int i = 0; i < 4; ++i)
    if (::dup2(moved[i], i) < 0) ::_exit(1);
  ::fcntl(reports_descriptor, F_SETFD, FD_CLOEXEC);
  ::close_range(handed_over, ~0U, 0);
}

// Of glibc 2.41, sigaction takes a lock for SIGABRT that another thread of the daemon may have held at the
// fork: nobody would release it here.
void set_default(int number)
{
  struct {
    void (*handler)(int) = SIG_DFL;
    unsigned long flags = 0;
    void (*restorer)() = nullptr;
    unsigned long mask = 0;
  } action;
  ::syscall(SYS_rt_sigaction, number, &action, nullptr, sizeof action.mask);
}

[[noreturn]] void become_command(const SupervisorOrder& order, int failure)
{
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL); // in case somebody kills the supervisor
  for (int number = 1; number < NSIG; ++number)
    set_default(number);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(order.arguments[0], order.arguments, order.environment);
  const int error_number = errno;
  [[maybe_unused]] const ssize_t told = ::write(failure, &error_number, sizeof error_number);
  ::_exit(127);
}

class Supervisor
{
public:
  explicit Supervisor(const SupervisorOrder& order) : order_(order) {}

  [[noreturn]] void run()
  {
    ::setpgid(0, 0);
    ::signal(SIGCHLD, SIG_DFL); // if ignored, children would vanish without a status
    block_signals();
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    ::prctl(PR_SET_PDEATHSIG, parent_died);
    if (::getppid() != order_.parent) ::_exit(0); // the parent died before the prctl
    keep_only(order_);
    start();
    if (report_.error_number == 0) watch();
    end_all();
    [[maybe_unused]] const ssize_t told = ::write(reports_descriptor, &report_, sizeof report_);
    ::_exit(0);
  }

private:
  void block_signals()
  {
    ::sigemptyset(&signals_);
    for (const int number : {SIGCHLD, SIGTERM, parent_died})
      ::sigaddset(&signals_, number);
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
  }

  void start()
  {
    int failure[2];
    if (::pipe2(failure, O_CLOEXEC) != 0) {
      report_.error_number = errno;
      return;
    }
    command_ = ::_Fork();
    if (command_ == 0) become_command(order_, failure[1]);
    if (command_ < 0) report_.error_number = errno;
    ::close(failure[1]);
    // A successful exec closes the pipe without writing to it.
    if (command_ > 0 && ::read(failure[0], &report_.error_number, sizeof report_.error_number) <= 0)
      report_.error_number = 0;
    ::close(failure[0]);
    if (command_ > 0) ::setpgid(command_, command_);
  }

  // Waits until the command has ended. Sends SIGTERM to its group at its timeout, SIGKILL after kill_after.
  void watch()
  {
    long deadline = now_ms() + order_.timeout_ms;
    while (!ended_) {
      const long left = deadline - now_ms();
      if (left <= 0) {
        if (report_.timed_out) {
          kill_command(SIGKILL);
          deadline = now_ms() + 1'000;
        } else {
          deadline = terminate();
        }
        continue;
      }
      const timespec time{left / 1'000, left % 1'000 * 1'000'000};
      const int signal = ::sigtimedwait(&signals_, nullptr, &time);
      if (signal == SIGCHLD) reap();
      if (signal == SIGTERM && !report_.timed_out) deadline = terminate();
      if (signal == parent_died) return;
    }
  }

  // Signals its group, and the command itself in case it has left the group.
  void kill_command(int signal) const
  {
    ::kill(-command_, signal);
    if (!ended_) ::kill(command_, signal);
  }

  long terminate()
  {
    report_.timed_out = true;
    kill_command(SIGTERM);
    return now_ms() + order_.kill_after_ms;
  }

  // Returns false when no child is left.
  bool reap()
  {
    for (;;) {
      int status = 0;
      const pid_t child = ::waitpid(-1, &status, WNOHANG);
      if (child < 0 && errno == ECHILD) ended_ = true;
      if (child <= 0) return child == 0 || errno != ECHILD;
      if (child != command_) continue;
      ended_ = true;
      report_.status = status;
    }
  }

  // Kills what the command has started and left, in other groups too: it becomes our child when its parent
  // ends.
  void end_all()
  {
    if (command_ > 0) kill_command(SIGKILL);
    while (command_ > 0 && reap()) {
      kill_children();
      const timespec moment{0, 5'000'000};
      ::sigtimedwait(&signals_, nullptr, &moment);
    }
  }

  void kill_children()
  {
    const int file = ::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    char text[16 << 10];
    const ssize_t count = ::read(file, text, sizeof text);
    ::close(file);
    pid_t child = 0;
    for (ssize_t i = 0; i < count; ++i) {
      if (text[i] >= '0' && text[i] <= '9') {
        child = child * 10 + (text[i] - '0');
      } else {
        if (child > 0) ::kill(child, SIGKILL);
        child = 0;
      }
    }
  }

  const SupervisorOrder& order_;
  SupervisorReport report_{};
  sigset_t signals_{};
  pid_t command_ = -1;
  bool ended_ = false;
};

} // namespace

void supervise(const SupervisorOrder& order) { Supervisor(order).run(); }

} // namespace postbackd::delivery

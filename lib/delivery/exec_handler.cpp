#include "delivery/exec_handler.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <unistd.h>

#include "base/permission.hpp"
#include "delivery/message_file.hpp"
#include "delivery/metadata.hpp"
#include "delivery/supervised_run.hpp"
#include "text/time.hpp"

namespace postbackd::delivery
{
namespace
{

constexpr int dead_code = 65;

// The variables that programs commonly need. None of systemd's: neither credentials nor the notify socket.
constexpr const char* inherited[] = {"PATH", "HOME", "LANG",    "LC_ALL", "LC_CTYPE",
                                     "TZ",   "USER", "LOGNAME", "SHELL",  "TMPDIR"};

std::vector<std::string> environment_of(const Delivery& delivery)
{
  std::vector<std::string> environment;
  for (const char* name : inherited)
    if (const char* value = std::getenv(name)) environment.push_back(std::string(name) + "=" + value);
  for (auto [name, value] : metadata_of(delivery)) {
    for (char& c : name)
      c = c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    environment.push_back("POSTBACK_" + name + "=" + value);
  }
  // The names that tracing libraries read.
  if (!delivery.traceparent.empty()) environment.push_back("TRACEPARENT=" + delivery.traceparent);
  if (!delivery.tracestate.empty()) environment.push_back("TRACESTATE=" + delivery.tracestate);
  return environment;
}

class ExecHandler final : public Handler
{
public:
  ExecHandler(std::vector<std::string> command, std::chrono::milliseconds timeout,
              std::chrono::milliseconds kill_after, std::filesystem::path messages)
      : command_(std::move(command)), timeout_(timeout), kill_after_(kill_after),
        messages_(std::move(messages))
  {
  }

  Outcome handle(const Delivery& delivery, std::stop_token stop) override
  {
    const MessageFile message(messages_);
    std::vector<std::string> environment = environment_of(delivery);
    if (!message.path().empty()) environment.push_back("POSTBACK_MESSAGE_FILE=" + message.path());
    const Command command{command_, std::move(environment), delivery.document, timeout_, kill_after_};
    const Ending ending = run_supervised(command, std::move(stop));
    return outcome_of(ending).telling(message.first_line());
  }

private:
  Outcome outcome_of(const Ending& ending) const
  {
    if (!ending.started)
      return Outcome::retry(
          fmt::format("cannot run {}: {}", command_.front(), std::strerror(ending.error_number)));
    if (ending.stopped) return Outcome::retry("stopped with the daemon");
    if (ending.timed_out) return Outcome::retry("timed out").with(ending.error_output);
    if (ending.signal != 0)
      return Outcome::retry(fmt::format("ended by signal {}", ending.signal)).with(ending.error_output);
    if (ending.exit_code == 0) return Outcome::done().with(ending.error_output);
    const std::string code =
        fmt::format("exit code {}{}", ending.exit_code, base::sandbox_hint(ending.error_output));
    if (ending.exit_code == dead_code) return Outcome::dead(code).with(ending.error_output);
    return Outcome::retry(code).with(ending.error_output);
  }

  std::vector<std::string> command_;
  std::chrono::milliseconds timeout_;
  std::chrono::milliseconds kill_after_;
  std::filesystem::path messages_;
};

} // namespace

std::unique_ptr<Handler> make_exec_handler(const HandlerOptions& options,
                                           const std::filesystem::path& messages)
{
  const auto command = options.settings.find("command");
  if (command == options.settings.end() || command->second.empty() || command->second.front().empty())
    throw base::Failure(base::Errc::invalid,
                        "command: missing: the program, with its path, and its arguments");
  const std::string& program = command->second.front();
  if (program.front() != '/')
    throw base::Failure(base::Errc::invalid, fmt::format("command: '{}' must be an absolute path", program));
  if (::access(program.c_str(), X_OK) != 0)
    throw base::Failure(base::Errc::invalid,
                        fmt::format("command: cannot execute '{}': {}", program, std::strerror(errno)));
  const std::string text = options.text("kill_after");
  const auto kill_after = text::parse_duration(text.empty() ? "1s" : text);
  if (!kill_after) throw base::Failure(base::Errc::invalid, "kill_after: expected a duration such as \"1s\"");
  return std::make_unique<ExecHandler>(command->second, options.timeout, *kill_after, messages);
}

} // namespace postbackd::delivery

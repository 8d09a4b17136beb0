#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "configuration/configuration.hpp"
#include "store/open.hpp"

// What all commands of postbackctl share.
namespace postbackd::ctl
{

// sysexits.h where it has one.
constexpr int exit_good = 0;
constexpr int exit_failed = 1;
constexpr int exit_not_found = 2;
constexpr int exit_usage = 64;
constexpr int exit_not_yet = 75; // EX_TEMPFAIL
constexpr int exit_configuration = 78;

// The command that was given; returns the exit code.
using Command = std::function<int(const Configuration&)>;

// Each adds its commands to the command line. The one that is given is stored in `command`.
void add_query_commands(CLI::App& app, Command& command); // register, hooks, show, list, status
void add_delivery_commands(CLI::App& app,
                           Command& command); // deliveries, handlers, retry, hold, release, kill, replay
void add_submit_command(CLI::App& app, Command& command);   // submit
void add_fanbase_commands(CLI::App& app, Command& command); // fans, fanbase

// Adds a subcommand that runs a function of the configuration and the arguments, which it shares.
template<class Arguments, class Run>
CLI::App* add_command(CLI::App& parent, const char* name, const char* description, Command& command,
                      const std::shared_ptr<Arguments>& arguments, Run run)
{
  CLI::App* sub = parent.add_subcommand(name, description);
  sub->callback([&command, arguments, run = std::move(run)] {
    command = [arguments, run](const Configuration& configuration) { return run(configuration, *arguments); };
  });
  return sub;
}

// The configured store. Throws base::Failure with a sentence for people.
std::unique_ptr<store::OperatorStore> open_store(const Configuration& configuration, store::Access access);

// A --deadline. Throws base::Failure when it is not a duration.
std::optional<std::chrono::milliseconds> duration_of(const std::optional<std::string>& deadline);

// Changes the store in steps of this many rows, so that the daemon never waits long.
constexpr std::size_t rows_of_a_step = 200;

inline base::TimePoint now() { return base::SystemClock().now(); }

} // namespace postbackd::ctl

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/command_line.hpp"
#include "configuration/configuration.hpp"
#include "store/open.hpp"

// The shared parts of all postbackctl commands.
namespace postbackd::ctl
{

// Exit codes, from sysexits.h where it has one.
constexpr int exit_good = 0;
constexpr int exit_failed = 1;
constexpr int exit_not_found = 2;
constexpr int exit_usage = 64;
constexpr int exit_not_yet = 75; // EX_TEMPFAIL
constexpr int exit_configuration = 78;

// Reads the configuration: a command that works far from the daemon has none.
class Load
{
public:
  explicit Load(std::string file) : file_(std::move(file)) {}

  const std::string& file() const { return file_; }
  // Both name the place where the store is now, and say so on standard error if it is another one.
  // Throws ConfigurationError.
  Configuration operator()() const;
  // What can be read of it, and what is wrong with the rest: for whoever looks why something is odd.
  Configuration leniently(std::string& wrong) const;

private:
  std::string file_;
};
// Runs the given command; returns the exit code.
using Command = std::function<int(const Load&)>;

// Each adds its commands to the command line. The given one is stored in `command`.
void add_registration_commands(base::CommandLine& app, Command& command); // register, hooks
void add_feed_commands(base::CommandLine& app, Command& command);         // wait, watch, listen
void add_query_commands(base::CommandLine& app,
                        Command& command); // show, result, body, list, close, status
void add_delivery_commands(base::CommandLine& app,
                           Command& command); // deliveries, handlers, retry, hold, release, kill, replay
void add_submit_command(base::CommandLine& app, Command& command);      // submit
void add_backup_commands(base::CommandLine& app, Command& command);     // backup, restore
void add_keeping_commands(base::CommandLine& app, Command& command);    // verify, export
void add_store_commands(base::CommandLine& app, Command& command);      // store init, restored, move
void add_report_command(base::CommandLine& app, Command& command);      // report
void add_usage_command(base::CommandLine& app, Command& command);       // usage
void add_page_command(base::CommandLine& app, Command& command);        // page
void add_apply_command(base::CommandLine& app, Command& command);       // apply
void add_erase_command(base::CommandLine& app, Command& command);       // erase
void add_healthcheck_command(base::CommandLine& app, Command& command); // healthcheck
void add_fanbase_commands(base::CommandLine& app, Command& command);    // fans, fanbase

// Says on standard error what is wrong with the configuration, and goes on with the rest.
Configuration load_and_warn(const Load& load);

// Adds a subcommand that calls a function with the configuration (or the way to read it) and the arguments,
// which it shares.
template<class Arguments, class Run>
base::CommandLine* add_command(base::CommandLine& parent, const char* name, const char* description,
                               Command& command, const std::shared_ptr<Arguments>& arguments, Run run)
{
  base::CommandLine* sub = parent.add_subcommand(name, description);
  sub->callback([&command, arguments, run = std::move(run)] {
    command = [arguments, run](const Load& load) {
      if constexpr (std::is_invocable_v<Run, const Load&, const Arguments&>)
        return run(load, *arguments);
      else
        return run(load(), *arguments);
    };
  });
  return sub;
}

// The same for a command that only reads: it works also while the configuration is wrong, and says so.
template<class Arguments, class Run>
base::CommandLine* add_reading_command(base::CommandLine& parent, const char* name, const char* description,
                                       Command& command, const std::shared_ptr<Arguments>& arguments, Run run)
{
  return add_command(parent, name, description, command, arguments,
                     [run = std::move(run)](const Load& load, const Arguments& given) {
                       return run(load_and_warn(load), given);
                     });
}

// Opens the configured store. Throws base::Failure with a readable message.
std::unique_ptr<store::OperatorStore> open_store(const Configuration& configuration, store::Access access);

// Opens it for a command that reads results or bodies, and notes that if [api] audit is set. `query` is what
// the user has named, or empty.
std::unique_ptr<store::OperatorStore> open_to_read(const Configuration& configuration,
                                                   const std::string& action, const std::string& query);
// Who runs this command, as `v_audit` and `v_erasures` have it.
std::string who_runs_this();

// Parses how far away a time to come is. Throws base::Failure, with the option's name, if it is neither a
// duration nor such a time.
std::optional<std::chrono::milliseconds> duration_of(const char* option,
                                                     const std::optional<std::string>& text);

// Writes the value of an option as the API would. Throws base::Failure, with the option's name, if it is not
// a JSON object.
void normalise_object(const char* option, std::optional<std::string>& text);

// Returns whether a daemon submits what is queued. Waits for one that has just been started.
bool is_submitting(store::OperatorStore& store);

// Parses the value of an option: a time, or how long ago it was. Throws base::Failure if it is neither.
base::TimePoint time_of(const std::string& option, const std::string& since);

// Commands change the store in steps of this many rows, so that the daemon never waits long.
constexpr std::size_t rows_of_a_step = 200;

inline base::TimePoint now() { return base::SystemClock().now(); }

} // namespace postbackd::ctl

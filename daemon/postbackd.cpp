// The daemon. See docs/ and `postbackd --help`.
#include <fmt/ranges.h>

#include <grp.h>
#include <iostream>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "base/command_line.hpp"
#include "base/version.hpp"
#include "checks.hpp"
#include "configuration/api_clients.hpp"
#include "configuration/moved_store.hpp"
#include "configuration/warnings.hpp"
#include "handlers.hpp"
#include "routes.hpp"
#include "run_application.hpp"

namespace postbackd
{
namespace
{

// sysexits.h: EX_USAGE, EX_CONFIG.
constexpr int exit_usage = 64;
constexpr int exit_configuration = 78;

// Throws ConfigurationError with all that is wrong.
int check(const Configuration& configuration, const std::string& file, const delivery::HandlerRegistry& kinds)
{
  std::string unseen;
  for (const CredentialReference& reference : credentials_of(configuration))
    if (needs_the_unit(reference)) unseen += (unseen.empty() ? "" : ", ") + reference.text;
  if (!unseen.empty())
    std::cout << "not checked, because only the unit has them (`postbackctl apply` checks all): " << unseen
              << '\n';
  const std::vector<std::string> mistakes = mistakes_of(configuration, kinds);
  if (!mistakes.empty()) throw ConfigurationError(fmt::format("{}", fmt::join(mistakes, "\n")));
  for (const std::string& warning : warnings_of(configuration))
    std::cout << "warning: " << warning << '\n';
  std::cout << file << ": good, " << configuration.live.routes.size() << " route(s), "
            << configuration.fixed.handlers.size() << " handler(s)\n";
  return 0;
}

// What root may read, the daemon may not: the check of the installed configuration is made as the daemon's
// user.
void become_the_daemons_user(const std::string& file)
{
  if (::geteuid() != 0 || !file.starts_with("/etc/postbackd/")) return;
  const passwd* user = ::getpwnam("postbackd");
  if (!user) return;
  if (::initgroups(user->pw_name, user->pw_gid) != 0 || ::setgid(user->pw_gid) != 0 ||
      ::setuid(user->pw_uid) != 0)
    throw std::system_error(errno, std::generic_category(), "become the user postbackd");
}

// Throws ConfigurationError: another start alone does not help.
void read_credentials(const Configuration& configuration)
{
  try {
    for (const CredentialReference& reference : credentials_of(configuration))
      read_credential(reference);
    read_tokens(configuration.live, false);
  } catch (const base::Failure& e) {
    throw ConfigurationError(e.what());
  }
}

int run(const std::string& file, bool check_only)
{
  const base::SystemClock clock;
  delivery::HandlerRegistry kinds; // that a configuration can name; for checks only
  add_handler_kinds(kinds, clock);
  if (check_only) become_the_daemons_user(file);
  Configuration configuration = load_configuration(file, &kinds);
  if (check_only) return check(configuration, file, kinds);
  // Our handlers have the same user, and could read our memory.
  if (!configuration.fixed.core_dumps) ::prctl(PR_SET_DUMPABLE, 0);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN); // a limit on file sizes is an error of a write, as a full disk is
  ::umask(0027);              // members of the group may read the store, others may not
  base::log::configure(configuration.live.log_level, configuration.live.log_json);
  read_credentials(configuration);
  for (const std::string& warning : warnings_of(configuration))
    base::log::warning("configuration", {{"what", warning}});
  if (const std::string moved = follow_moved_store(configuration); !moved.empty())
    base::log::warning("configuration", {{"what", moved}});
  return run_application(configuration);
}

// Says why it ends: sentences on a terminal, one event in the journal.
void report(const std::string& why, bool check_only)
{
  if (!check_only && base::log::is_under_journal())
    base::log::error("not_started", {{"why", why}});
  else
    std::cerr << "postbackd: " << why << '\n';
}

} // namespace
} // namespace postbackd

int main(int argc, char** argv)
{
  using namespace postbackd;
  base::CommandLine app(
      "Receives the Data Platform's asynchronous results, keeps them durably and delivers them to handlers.",
      "postbackd");
  std::string file = configuration_file();
  bool check_only = false;
  app.add_option("--config", file, "The configuration file")->capture_default_str();
  app.add_flag("--check-config", check_only, "Checks the configuration, reports its errors, and exits");
  app.set_version_flag("--version", std::string("postbackd ") + base::version);
  if (const auto code = app.parse(argc, argv, exit_usage)) return *code;
  try {
    return run(file, check_only);
  } catch (const ConfigurationError& e) {
    report("the configuration is wrong:\n" + std::string(e.what()), check_only);
    return exit_configuration;
  } catch (const std::exception& e) {
    report(e.what(), check_only);
    return check_only ? exit_configuration : 1;
  }
}

#include <CLI/CLI.hpp>

#include <iostream>
#include <signal.h>
#include <sys/stat.h>

#include "application.hpp"
#include "handlers.hpp"
#include "postbackd.hpp"
#include "routes.hpp"

namespace postbackd
{
namespace
{

using AddKinds = std::function<void(delivery::HandlerRegistry&)>;

// sysexits.h: EX_USAGE, EX_CONFIG.
constexpr int exit_usage = 64;
constexpr int exit_configuration = 78;

// Returns the kinds that a configuration can name, for checks only.
delivery::HandlerRegistry kinds_of(const base::Clock& clock, const AddKinds& add_kinds)
{
  delivery::HandlerRegistry kinds;
  add_built_in_handlers(kinds, clock);
  if (add_kinds) add_kinds(kinds);
  return kinds;
}

std::vector<CredentialReference> credentials_of(const Configuration& configuration)
{
  std::vector<CredentialReference> references;
  for (const Reloadable::Route& route : configuration.live.routes) {
    references.insert(references.end(), route.postbacksecret.begin(), route.postbacksecret.end());
    references.insert(references.end(), route.query_keys.begin(), route.query_keys.end());
    for (const auto& pair : route.authorization)
      references.push_back(pair.token);
  }
  if (const auto& platform = configuration.fixed.platform)
    references.insert(references.end(), {platform->access_token, platform->token_id});
  if (configuration.fixed.fanbase)
    for (const auto& client : configuration.fixed.fanbase->clients)
      references.push_back(client.secret);
  return references;
}

// Checks the files and credentials that the configuration names, without opening the store.
int check(const Configuration& configuration, const std::string& file, const delivery::HandlerRegistry& kinds)
{
  for (const std::string& warning : configuration.warnings)
    std::cout << "warning: " << warning << '\n';
  tls_context(configuration.live);
  std::vector<CredentialReference> references = credentials_of(configuration);
  handler_configurations(configuration.fixed.handlers, kinds, true); // reads the handlers' credentials
  for (const CredentialReference& reference : references)
    if (!needs_the_unit(reference)) read_credential(reference);
  for (const HandlerSettings& handler : configuration.fixed.handlers)
    for (const auto& [key, reference] : handler.secrets)
      references.push_back(reference);
  for (const CredentialReference& reference : references)
    if (needs_the_unit(reference))
      std::cout << "warning: " << reference.where.text << ": " << reference.text
                << " can only be checked inside the systemd unit\n";
  std::cout << file << ": good, " << configuration.live.routes.size() << " route(s), "
            << configuration.fixed.handlers.size() << " handler(s)\n";
  return 0;
}

int run(const std::string& file, bool check_only, const AddKinds& add_kinds)
{
  const base::SystemClock clock;
  const delivery::HandlerRegistry kinds = kinds_of(clock, add_kinds);
  Configuration configuration = load_configuration(file, &kinds);
  if (check_only) return check(configuration, file, kinds);
  ::umask(0027); // members of the group may read the store, others may not
  base::log::configure(configuration.live.log_level);
  for (const std::string& warning : configuration.warnings)
    base::log::warning("configuration", {{"what", warning}});
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN); // a limit on file sizes is an error of a write, as a full disk is
  return Application(std::move(configuration), file, add_kinds).run();
}

} // namespace

int run_daemon(int argc, char** argv, const AddKinds& add_kinds)
{
  CLI::App app(
      "Receives the Data Platform's asynchronous results, keeps them durably and delivers them to handlers.",
      "postbackd");
  std::string file = default_configuration_file;
  bool check_only = false;
  app.add_option("--config", file, "The configuration file")->capture_default_str();
  app.add_flag("--check-config", check_only, "Checks the configuration, reports its errors, and exits");
  app.set_version_flag("--version", "postbackd " POSTBACKD_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : exit_usage;
  }
  try {
    return run(file, check_only, add_kinds);
  } catch (const ConfigurationError& e) {
    std::cerr << "postbackd: the configuration is wrong:\n" << e.what() << '\n';
    return exit_configuration;
  } catch (const std::exception& e) {
    std::cerr << "postbackd: " << e.what() << '\n';
    return check_only ? exit_configuration : 1;
  }
}

} // namespace postbackd

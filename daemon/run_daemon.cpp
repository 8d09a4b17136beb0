#include <CLI/CLI.hpp>

#include <iostream>
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

// Whether it can only be checked inside the unit.
bool warn_of_unit(const CredentialReference& reference)
{
  const bool unit = needs_the_unit(reference);
  if (unit)
    std::cout << "warning: " << reference.where << ": " << reference.text
              << " can only be checked inside the systemd unit\n";
  return unit;
}

// All that is wrong with what the configuration refers to, without opening the store.
int check(const Configuration& configuration, const std::string& file, const AddKinds& add_kinds)
{
  for (const std::string& warning : configuration.warnings)
    std::cout << "warning: " << warning << '\n';
  tls_context(configuration);
  const base::SystemClock clock;
  delivery::HandlerRegistry registry;
  add_built_in_handlers(registry, clock);
  if (add_kinds) add_kinds(registry);
  for (const Configuration::Handler& handler : configuration.handlers)
    for (const auto& [key, reference] : handler.secrets)
      warn_of_unit(reference);
  handler_configurations(configuration, registry, true);
  for (const Configuration::Route& route : configuration.routes) {
    std::vector<CredentialReference> references = route.postbacksecret;
    references.insert(references.end(), route.query_keys.begin(), route.query_keys.end());
    for (const auto& pair : route.authorization)
      references.push_back(pair.token);
    for (const CredentialReference& reference : references) {
      if (!warn_of_unit(reference)) read_credential(reference);
    }
  }
  if (const auto& platform = configuration.platform)
    for (const CredentialReference& reference : {platform->access_token, platform->token_id})
      if (!warn_of_unit(reference)) read_credential(reference);
  if (configuration.fanbase)
    for (const auto& client : configuration.fanbase->clients)
      if (!warn_of_unit(client.secret)) read_credential(client.secret);
  std::cout << file << ": good, " << configuration.routes.size() << " route(s), "
            << configuration.handlers.size() << " handler(s)\n";
  return 0;
}

int run(const std::string& file, bool check_only, const AddKinds& add_kinds)
{
  Configuration configuration = load_configuration(file);
  if (check_only) return check(configuration, file, add_kinds);
  ::umask(0027); // people of the group may read the store, others nothing
  base::log::configure(configuration.log_level);
  for (const std::string& warning : configuration.warnings)
    base::log::warning("configuration", {{"what", warning}});
  return Application(std::move(configuration), file, add_kinds).run();
}

} // namespace

int run_daemon(int argc, char** argv, const AddKinds& add_kinds)
{
  CLI::App app("Receives the Data Platform's asynchronous results and keeps them in a SQLite file.",
               "postbackd");
  std::string file = default_configuration_file;
  bool check_only = false;
  app.add_option("--config", file, "The configuration file")->capture_default_str();
  app.add_flag("--check-config", check_only, "Checks the configuration, says what is wrong, and ends");
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

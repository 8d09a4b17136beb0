// The tool for operators and applications. Works on the store itself, whether the daemon runs or not, or over
// the API.
#include <iostream>
#include <sys/stat.h>

#include "base/plain_text.hpp"
#include "base/version.hpp"
#include "command.hpp"

int main(int argc, char** argv)
{
  using namespace postbackd;
  base::CommandLine app("Registers queries, submits them, and shows their states.", "postbackctl");
  std::string file = configuration_file();
  app.add_option("--config", file, "The daemon's configuration file")->capture_default_str();
  app.set_version_flag("--version", std::string("postbackctl ") + base::version);
  app.require_subcommand(1);
  app.fallthrough();
  ctl::Command command;
  ctl::add_registration_commands(app, command);
  ctl::add_query_commands(app, command);
  ctl::add_feed_commands(app, command);
  ctl::add_delivery_commands(app, command);
  ctl::add_submit_command(app, command);
  ctl::add_backup_commands(app, command);
  ctl::add_keeping_commands(app, command);
  ctl::add_store_commands(app, command);
  ctl::add_report_command(app, command);
  ctl::add_healthcheck_command(app, command);
  ctl::add_usage_command(app, command);
  ctl::add_page_command(app, command);
  ctl::add_apply_command(app, command);
  ctl::add_erase_command(app, command);
  ctl::add_fanbase_commands(app, command);
  if (const auto code = app.parse(argc, argv, ctl::exit_usage)) return *code;
  try {
    ::umask(0027);
    return command(ctl::Load(file));
  } catch (const ConfigurationError& e) {
    std::cerr << "postbackctl: the configuration is wrong:\n" << e.what() << '\n';
    return ctl::exit_configuration;
  } catch (const std::exception& e) {
    std::cerr << "postbackctl: " << base::as_lines(e.what()) << '\n';
    return ctl::exit_failed;
  }
}

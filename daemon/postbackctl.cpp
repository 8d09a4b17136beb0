// The operator's and the application's tool. Works on the store's file, with the daemon running or not.
#include <CLI/CLI.hpp>

#include <iostream>
#include <sys/stat.h>

#include "asking.hpp"
#include "base/clock.hpp"
#include "delivery_commands.hpp"
#include "fanbase_commands.hpp"
#include "model/correlation.hpp"
#include "model/query.hpp"
#include "query_report.hpp"
#include "status_report.hpp"
#include "store/sqlite/connection.hpp"
#include "submit_command.hpp"
#include "text/time.hpp"

namespace
{

using namespace postbackd;
using store::sqlite::Connection;

constexpr int exit_usage = 64;
constexpr int exit_configuration = 78;
constexpr int exit_not_found = 2;

struct Arguments {
  std::string config = default_configuration_file;
  std::string query_id;
  std::optional<std::string> label;
  std::optional<std::string> deadline;
  std::optional<std::string> route;
  bool pending = false;
  bool unmatched = false;
  bool overdue = false;
  bool json = false;
};

Connection open(const Configuration& configuration, Connection::Mode mode)
{
  return Connection({configuration.store.path, configuration.store.busy_timeout}, mode);
}

// The time that lies the given duration ahead.
std::optional<std::string> deadline_of(const Arguments& arguments)
{
  if (!arguments.deadline) return std::nullopt;
  const auto duration = text::parse_duration(*arguments.deadline);
  if (!duration)
    throw base::Failure(base::Errc::invalid, "--deadline wants a duration such as 30s, 10m, 2h or 5d, not '" +
                                                 *arguments.deadline + "'");
  return text::format_time(base::SystemClock().now() + *duration);
}

void check_query_id(const std::string& query_id)
{
  if (!model::is_query_id(query_id))
    throw base::Failure(base::Errc::invalid, "a QueryId has 1 to 128 printable ASCII characters");
}

int register_query(const Configuration& configuration, const Arguments& arguments)
{
  check_query_id(arguments.query_id);
  model::Query query;
  query.query_id = arguments.query_id;
  query.label = arguments.label;
  query.deadline_at = deadline_of(arguments);
  Connection connection = open(configuration, Connection::Mode::existing);
  const bool is_new = store::sqlite::register_query(connection.database(), query);
  std::cout << (is_new ? "registered " : "known already, nothing changed: ") << arguments.query_id << '\n';
  return 0;
}

const Configuration::Route& find_route(const Configuration& configuration, const Arguments& arguments)
{
  if (!arguments.route) return configuration.routes.front();
  for (const Configuration::Route& route : configuration.routes)
    if (route.path == *arguments.route) return route;
  throw base::Failure(base::Errc::not_found, "there is no [[route]] with the path " + *arguments.route);
}

int make_hooks(const Configuration& configuration, const Arguments& arguments)
{
  model::Query query;
  query.correlation = model::new_correlation();
  const std::string hooks =
      hooks_of(configuration, find_route(configuration, arguments).path, *query.correlation);
  query.label = arguments.label;
  query.deadline_at = deadline_of(arguments);
  Connection connection = open(configuration, Connection::Mode::existing);
  store::sqlite::register_query(connection.database(), query);
  std::cout << hooks << '\n';
  return 0;
}

int show(const Configuration& configuration, const Arguments& arguments)
{
  Connection connection = open(configuration, Connection::Mode::read);
  const auto query = store::sqlite::find_query(connection.database(), arguments.query_id);
  const auto postbacks = store::sqlite::find_postbacks(connection.database(), arguments.query_id);
  if (query.rows.empty() && postbacks.rows.empty()) {
    std::cerr << "postbackctl: nothing is known of " << arguments.query_id << '\n';
    return exit_not_found;
  }
  const auto print = arguments.json ? print_story_json : print_story;
  print(std::cout, query, postbacks);
  return 0;
}

int list(const Configuration& configuration, const Arguments& arguments)
{
  using store::sqlite::Listing;
  const Listing listing = arguments.pending     ? Listing::pending
                          : arguments.unmatched ? Listing::unmatched
                          : arguments.overdue   ? Listing::overdue
                                                : Listing::all;
  Connection connection = open(configuration, Connection::Mode::read);
  print_list(std::cout, connection.database(), listing, arguments.json);
  return 0;
}

int status(const Configuration& configuration, const Arguments&)
{
  return print_status(std::cout, configuration.admin) ? 0 : 1;
}

using Command = std::function<int(const Configuration&)>;

// Describes the command line; the command that is given goes to `command`.
void describe(CLI::App& app, Arguments& arguments, Command& command)
{
  app.add_option("--config", arguments.config, "The daemon's configuration file")->capture_default_str();
  app.set_version_flag("--version", "postbackctl " POSTBACKD_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  const auto add = [&](const char* name, const char* what,
                       int (*run)(const Configuration&, const Arguments&)) {
    CLI::App* sub = app.add_subcommand(name, what);
    sub->callback([&command, &arguments, run] {
      command = [&arguments, run](const Configuration& configuration) {
        return run(configuration, arguments);
      };
    });
    return sub;
  };
  CLI::App* registering = add("register", "Registers a query whose result is to come", register_query);
  registering->add_option("query_id", arguments.query_id, "The platform's QueryId")->required();
  CLI::App* hooks = add("hooks", "Prints a hooks string with a URL and a secret of its own", make_hooks);
  hooks->add_option("--route", arguments.route, "The path of a [[route]]; the first one if not given");
  for (CLI::App* sub : {registering, hooks}) {
    sub->add_option("--label", arguments.label, "Your own words for the query");
    sub->add_option("--deadline", arguments.deadline, "When it is overdue, from now: 30s, 10m, 2h, 5d");
  }
  CLI::App* showing = add("show", "The whole story of a query", show);
  showing->add_option("query_id", arguments.query_id, "The platform's QueryId")->required();
  showing->add_flag("--json", arguments.json, "As one JSON object");
  add("status", "What the daemon does: received, refused, waiting, disk", status);
  CLI::App* listing = add("list", "Lists queries, newest first", list);
  auto* which = listing->add_option_group("which");
  which->add_flag("--pending", arguments.pending, "Those that wait for a result");
  which->add_flag("--overdue", arguments.overdue, "Those past their deadline");
  which->add_flag("--unmatched", arguments.unmatched, "Postbacks that no query is registered for");
  which->require_option(0, 1);
  listing->add_flag("--json", arguments.json, "As one JSON array");
}

} // namespace

int main(int argc, char** argv)
{
  CLI::App app("Registers queries and shows what became of them.", "postbackctl");
  Arguments arguments;
  Command command;
  describe(app, arguments, command);
  add_delivery_commands(app, command);
  add_submit_command(app, command);
  add_fanbase_commands(app, command);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : exit_usage;
  }
  try {
    ::umask(0027);
    return command(load_configuration(arguments.config));
  } catch (const ConfigurationError& e) {
    std::cerr << "postbackctl: the configuration is wrong:\n" << e.what() << '\n';
    return exit_configuration;
  } catch (const std::exception& e) {
    std::cerr << "postbackctl: " << e.what() << '\n';
    return 1;
  }
}

// register, hooks, show, list, status.
#include <iostream>

#include "command.hpp"
#include "configuration/query_hooks.hpp"
#include "model/correlation.hpp"
#include "status_report.hpp"
#include "story_report.hpp"
#include "table.hpp"

namespace postbackd::ctl
{
namespace
{

struct Arguments {
  std::string query_id;
  std::optional<std::string> label;
  std::optional<std::string> deadline;
  std::optional<std::string> route;
  bool pending = false;
  bool unmatched = false;
  bool overdue = false;
  bool json = false;
};

// Returns the part of the query that both registrations know.
model::Query query_of(const Arguments& arguments)
{
  model::Query query;
  query.label = arguments.label;
  if (const auto duration = duration_of(arguments.deadline)) query.deadline_at = now() + *duration;
  return query;
}

int register_query(const Configuration& configuration, const Arguments& arguments)
{
  if (!model::is_query_id(arguments.query_id))
    throw base::Failure(base::Errc::invalid, "a QueryId has 1 to 128 printable ASCII characters");
  model::Query query = query_of(arguments);
  query.query_id = arguments.query_id;
  const bool is_new = open_store(configuration, store::Access::write)->register_query(query, now());
  std::cout << (is_new ? "registered " : "known already, nothing changed: ") << arguments.query_id << '\n';
  return exit_good;
}

int make_hooks(const Configuration& configuration, const Arguments& arguments)
{
  model::Query query = query_of(arguments);
  query.correlation = model::new_correlation();
  const std::string& route = arguments.route ? *arguments.route : configuration.live.routes.front().path;
  const std::string hooks =
      hooks_of(configuration.live, configuration.fixed.store.path, route, *query.correlation);
  open_store(configuration, store::Access::write)->register_query(query, now());
  std::cout << hooks << '\n';
  return exit_good;
}

int show(const Configuration& configuration, const Arguments& arguments)
{
  const store::Story story = open_store(configuration, store::Access::read)->story(arguments.query_id);
  if (!story.query && story.postbacks.empty()) {
    std::cerr << "postbackctl: the store has no record of " << arguments.query_id << '\n';
    return exit_not_found;
  }
  (arguments.json ? print_story_json : print_story)(std::cout, story);
  return exit_good;
}

int list(const Configuration& configuration, const Arguments& arguments)
{
  const auto store = open_store(configuration, store::Access::read);
  TablePrinter printer(std::cout, arguments.json);
  if (arguments.unmatched) {
    store->list_unmatched([&](const store::PostbackRecord& record) { return printer.print(row_of(record)); });
    return exit_good;
  }
  const auto listing = arguments.pending   ? store::QueryListing::pending
                       : arguments.overdue ? store::QueryListing::overdue
                                           : store::QueryListing::all;
  store->list_queries(listing, now(),
                      [&](const store::QueryRecord& record) { return printer.print(row_of(record)); });
  return exit_good;
}

int status(const Configuration& configuration, const Arguments&)
{
  return print_status(std::cout, configuration.fixed.admin) ? exit_good : exit_failed;
}

} // namespace

void add_query_commands(CLI::App& app, Command& command)
{
  const auto arguments = std::make_shared<Arguments>();
  const auto add = [&](const char* name, const char* description,
                       int (*run)(const Configuration&, const Arguments&)) {
    return add_command(app, name, description, command, arguments, run);
  };
  CLI::App* registering = add("register", "Registers a query whose result is expected", register_query);
  registering->add_option("query_id", arguments->query_id, "The platform's QueryId")->required();
  CLI::App* hooks = add("hooks", "Prints a hooks string with a URL and a secret of its own", make_hooks);
  hooks->add_option("--route", arguments->route, "The path of a [[route]]; by default the first one");
  for (CLI::App* sub : {registering, hooks}) {
    sub->add_option("--label", arguments->label, "Your own words for the query");
    sub->add_option("--deadline", arguments->deadline,
                    "The time from now until it is overdue: 30s, 10m, 2h, 5d");
  }
  CLI::App* showing =
      add("show", "Shows the whole story of a query: every postback and every delivery", show);
  showing->add_option("query_id", arguments->query_id, "The platform's QueryId, or a correlation")
      ->required();
  showing->add_flag("--json", arguments->json, "As one JSON object");
  add("status", "Shows what the daemon does: received, refused, waiting, disk", status);
  CLI::App* listing = add("list", "Lists queries, newest first", list);
  auto* which = listing->add_option_group("which");
  which->add_flag("--pending", arguments->pending, "Only queries that wait for a result");
  which->add_flag("--overdue", arguments->overdue, "Only queries past their deadline");
  which->add_flag("--unmatched", arguments->unmatched, "Postbacks without a registered query instead");
  which->require_option(0, 1);
  listing->add_flag("--json", arguments->json, "As one JSON array");
}

} // namespace postbackd::ctl

// show, result, body, list, close, status.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <limits>

#include "api_actions.hpp"
#include "base/plain_text.hpp"
#include "command.hpp"
#include "daemon_status.hpp"
#include "document.hpp"
#include "story_report.hpp"
#include "table.hpp"

namespace postbackd::ctl
{
namespace
{

struct QueryArguments {
  std::string query_id;
  std::optional<std::string> label;
  std::optional<std::string> group;
  std::optional<std::string> key_prefix;
  std::optional<std::string> state;
  std::optional<std::string> since;
  std::optional<std::string> older_than;
  std::string reason;
  std::int64_t receipt = 0;
  std::size_t limit = 100;
  bool dry_run = false;
  bool wide = false;
  bool check = false;
  bool pending = false;
  bool unmatched = false;
  bool overdue = false;
  bool json = false;
};

int not_found(const std::string& what)
{
  std::cerr << "postbackctl: " << base::as_line(what) << '\n';
  return exit_not_found;
}

// Takes a QueryId, a correlation, a receipt, or the id of a delivery.
int show(const Configuration& configuration, const QueryArguments& arguments)
{
  const auto store = open_store(configuration, store::Access::read);
  const std::string& id = arguments.query_id;
  store::Story story = store->story(id);
  const bool is_number = id.size() < 17 && id.find_first_not_of("0123456789") == std::string::npos;
  if (!story.query && story.postbacks.empty() && is_number)
    if (const auto query = store->query_of(std::stoll(id))) story = store->story(*query);
  if (!story.query && story.postbacks.empty()) return not_found("the store has no record of " + id);
  (arguments.json ? print_story_json : print_story)(std::cout, story);
  return exit_good;
}

int print_result(const Configuration& configuration, const QueryArguments& arguments)
{
  const auto store = open_to_read(configuration, "result", arguments.query_id);
  if (const auto result = store->result(arguments.query_id)) {
    print_document(*result + '\n');
    return exit_good;
  }
  const auto query = store->find(arguments.query_id);
  if (!query) return not_found("no query " + arguments.query_id + " is registered");
  const std::string state(model::to_text(query->state));
  not_found("there is no result of " + arguments.query_id + ": it is " + state);
  return is_given_up(query->state) ? exit_not_found : exit_not_yet;
}

int print_body(const Configuration& configuration, const QueryArguments& arguments)
{
  const auto store = open_to_read(configuration, "body", std::to_string(arguments.receipt));
  const auto body = store->body(arguments.receipt);
  if (!body) return not_found(fmt::format("there is no postback {}", arguments.receipt));
  print_document(*body);
  return exit_good;
}

store::QueryFilter filter_of(const QueryArguments& arguments)
{
  using Waiting = store::QueryFilter::Waiting;
  store::QueryFilter filter;
  filter.waiting = arguments.pending ? Waiting::pending : arguments.overdue ? Waiting::overdue : Waiting::any;
  filter.label = arguments.label;
  filter.group = arguments.group;
  if (arguments.since) filter.since = time_of("--since", *arguments.since);
  if (!arguments.state) return filter;
  filter.state = model::query_state_of(*arguments.state);
  if (!filter.state)
    throw base::Failure(base::Errc::invalid, "--state: '" + *arguments.state + "' is not a state of a query");
  return filter;
}

int list(const Configuration& configuration, const QueryArguments& arguments)
{
  const auto store = open_store(configuration, store::Access::read);
  const std::size_t most = arguments.limit == 0 ? std::numeric_limits<std::int64_t>::max() : arguments.limit;
  std::size_t count = 0;
  {
    TablePrinter printer(std::cout, arguments.json);
    const auto print = [&](const Row& row) {
      ++count;
      return printer.print(row);
    };
    if (arguments.unmatched)
      store->list_unmatched(most, [&](const store::PostbackRecord& record) { return print(row_of(record)); });
    else
      store->list_queries(filter_of(arguments), most, now(), [&](const store::QueryRecord& record) {
        return print(arguments.wide || arguments.json ? row_of(record) : short_row_of(record));
      });
  }
  if (count == most)
    std::cerr << "postbackctl: the newest " << most << ": --limit N shows more, --limit 0 all\n";
  return exit_good;
}

int close_each_over_api(const Configuration& configuration, const store::QueriesToClose& which,
                        const std::string& reason)
{
  if (which.label || which.group || which.key_prefix) {
    const std::int64_t count = close_all_over_api(configuration, which, reason);
    std::cout << fmt::format("closed: {}\n", count);
    return count > 0 ? exit_good : exit_not_found;
  }
  std::vector<std::string> ids;
  if (which.id) ids.push_back(*which.id);
  if (which.deadline_before)
    open_store(configuration, store::Access::read)
        ->list_queries({.waiting = store::QueryFilter::Waiting::overdue},
                       std::numeric_limits<std::int64_t>::max(), *which.deadline_before,
                       [&](const store::QueryRecord& query) {
                         ids.push_back(query.id());
                         return true;
                       });
  const auto closed = std::count_if(ids.begin(), ids.end(), [&](const std::string& id) {
    return close_over_api(configuration, id, reason);
  });
  std::cout << fmt::format("closed: {}\n", closed);
  return closed > 0 ? exit_good : exit_not_found;
}

int close(const Configuration& configuration, const QueryArguments& arguments)
{
  store::QueriesToClose which;
  if (!arguments.query_id.empty()) which.id = arguments.query_id;
  if (arguments.overdue) which.deadline_before = time_of("--older-than", arguments.older_than.value_or("0s"));
  which.label = arguments.label;
  which.group = arguments.group;
  which.key_prefix = arguments.key_prefix;
  if (!which.selects())
    throw base::Failure(base::Errc::invalid,
                        "select queries: give a QueryId, --overdue, --label, --group or --key-prefix");
  if (!arguments.dry_run && goes_over_api(configuration))
    return close_each_over_api(configuration, which, arguments.reason);
  const auto store = open_store(configuration, store::Access::write);
  std::int64_t count = 0;
  for (std::int64_t closed = 1; closed > 0 && !(arguments.dry_run && count > 0); count += closed)
    closed = store->close(which, arguments.reason, rows_of_a_step, arguments.dry_run, now());
  std::cout << fmt::format("{}: {}\n", arguments.dry_run ? "would be closed" : "closed", count);
  return count > 0 ? exit_good : exit_not_found;
}

int print_status_of(const Load& load, const QueryArguments& arguments)
{
  const auto form = arguments.check  ? StatusForm::check
                    : arguments.json ? StatusForm::json
                                     : StatusForm::people;
  return print_status(std::cout, load, form);
}

using Run = int (*)(const Configuration&, const QueryArguments&);

// list, result, body, status.
void add_listing_commands(base::CommandLine& app, Command& command,
                          const std::shared_ptr<QueryArguments>& arguments)
{
  const auto add = [&](const char* name, const char* description, Run run) {
    return add_reading_command(app, name, description, command, arguments, run);
  };
  base::CommandLine* state = add_command(app, "status", "Shows what the daemon does, and what is wrong first",
                                         command, arguments, print_status_of);
  state->add_flag("--check", arguments->check, "One line and 0, 1 or 2, for a monitoring system");
  state->add_flag("--json", arguments->json, "As one JSON object");
  base::CommandLine* listing = add("list", "Lists queries, newest first", list);
  auto* which = listing->add_option_group("which");
  which->add_flag("--pending", arguments->pending, "Only queries that wait for a result");
  which->add_flag("--overdue", arguments->overdue, "Only queries past their deadline");
  auto* unmatched =
      which->add_flag("--unmatched", arguments->unmatched, "Postbacks without a registered query instead");
  which->require_option(0, 1);
  listing->add_flag("--json", arguments->json, "As one JSON array");
  listing->add_flag("--wide", arguments->wide, "All columns");
  listing->add_option("--limit", arguments->limit, "Show at most this many, newest first; 0 for all")
      ->capture_default_str();
  listing->add_option("--state", arguments->state, "pending, answered, overdue, lost, …");
  listing->add_option("--label", arguments->label, "Only queries with this label");
  listing->add_option("--group", arguments->group, "Only queries of this group");
  listing->add_option("--since", arguments->since, "Registered since: 2026-01-31T12:00:00Z, or 7d");
  for (const char* name : {"--state", "--label", "--group", "--since"})
    unmatched->excludes(listing->get_option(name));
  base::CommandLine* result = add("result", "Prints the result of a query as JSON", print_result);
  result->add_option("query_id", arguments->query_id, "The platform's QueryId, or a correlation")->required();
  base::CommandLine* body = add("body", "Prints the bytes of a postback as they came", print_body);
  body->add_option("receipt", arguments->receipt, "The receipt of a postback")->required();
}

void add_close_command(base::CommandLine& app, Command& command,
                       const std::shared_ptr<QueryArguments>& arguments)
{
  base::CommandLine* closing = add_command(
      app, "close", "Gives up queries whose result does not come, and takes back what is not sent", command,
      arguments, close);
  closing->add_option("query_id", arguments->query_id, "The platform's QueryId, or a correlation");
  closing->add_flag("--overdue", arguments->overdue, "All queries past their deadline");
  closing
      ->add_option("--older-than", arguments->older_than, "Of them, those whose deadline was so long ago: 7d")
      ->needs("--overdue");
  closing->add_option("--label", arguments->label, "All with this label");
  closing->add_option("--group", arguments->group, "All of this group");
  closing->add_option("--key-prefix", arguments->key_prefix, "All whose key begins so");
  closing->add_option("--reason", arguments->reason, "Why, for whoever looks at them later")->required();
  closing->add_flag("--dry-run", arguments->dry_run, "Only says how many");
}

} // namespace

void add_query_commands(base::CommandLine& app, Command& command)
{
  const auto arguments = std::make_shared<QueryArguments>();
  const auto add = [&](const char* name, const char* description, Run run) {
    return add_reading_command(app, name, description, command, arguments, run);
  };
  base::CommandLine* showing =
      add("show", "Shows the whole story of a query: every postback and every delivery", show);
  showing
      ->add_option("query_id", arguments->query_id,
                   "The platform's QueryId, a correlation, a receipt, or the id of a delivery")
      ->required();
  showing->add_flag("--json", arguments->json, "As one JSON object");
  add_listing_commands(app, command, arguments);
  add_close_command(app, command, arguments);
}

} // namespace postbackd::ctl

// deliveries, handlers, retry, hold, release, kill, replay.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "api_actions.hpp"
#include "command.hpp"
#include "progress.hpp"
#include "table.hpp"
#include "text/time.hpp"

namespace postbackd::ctl
{
namespace
{

using store::DeliveryAction;
using store::DeliveryFilter;

constexpr std::size_t most_listed = 10'000;
constexpr std::size_t longest_reason = 1'024;

struct DeliveryArguments {
  DeliveryFilter filter;
  std::string since;
  std::optional<std::string> older_than;
  std::string reason;
  bool due = false;
  bool dead = false;
  bool held = false;
  bool all = false;
  bool dry_run = false;
  bool json = false;
};

DeliveryFilter filter_of(const DeliveryArguments& arguments)
{
  DeliveryFilter filter = arguments.filter;
  if (arguments.due) filter.state = model::DeliveryState::due;
  if (arguments.dead) filter.state = model::DeliveryState::dead;
  if (arguments.held) filter.state = model::DeliveryState::held;
  if (arguments.older_than) filter.older_than = time_of("--older-than", *arguments.older_than);
  return filter;
}

int list(const Configuration& configuration, const DeliveryArguments& arguments)
{
  const auto store = open_store(configuration, store::Access::read);
  TablePrinter printer(std::cout, arguments.json);
  for (const store::DeliveryRecord& record : store->deliveries(filter_of(arguments), most_listed))
    if (!printer.print(row_of(record))) break;
  return exit_good;
}

int list_handlers(const Configuration& configuration, const DeliveryArguments& arguments)
{
  const auto store = open_store(configuration, store::Access::read);
  TablePrinter printer(std::cout, arguments.json);
  for (const store::HandlerRecord& record : store->handlers())
    printer.print(row_of(record));
  return exit_good;
}

// Says which deliveries nobody will make.
void note_absent_handlers(const Configuration& configuration, store::OperatorStore& store)
{
  const auto& configured = configuration.fixed.handlers;
  for (const store::HandlerRecord& handler : store.handlers())
    if (handler.backlog > 0 &&
        std::none_of(configured.begin(), configured.end(), [&](const HandlerSettings& each) {
          return each.configuration.options.name == handler.name;
        }))
      std::cerr << fmt::format(
          "postbackctl: {} deliveries wait for the handler '{}', which is not configured\n", handler.backlog,
          handler.name);
}

int apply(const Configuration& configuration, const DeliveryArguments& arguments, DeliveryAction action,
          const char* did)
{
  const DeliveryFilter filter = filter_of(arguments);
  if (!filter.id && !filter.handler && !filter.state && !filter.query && !filter.older_than && !arguments.all)
    throw base::Failure(
        base::Errc::invalid,
        "select deliveries: give an id, --handler, --query, --older-than, --due, --dead or --held; or --all");
  if (arguments.reason.size() > longest_reason)
    throw base::Failure(base::Errc::invalid, "--reason: expected at most 1024 bytes");
  if (goes_over_api(configuration)) {
    const std::int64_t changed =
        apply_over_api(configuration, action, filter, arguments.reason, arguments.all, arguments.dry_run);
    std::cout << fmt::format("{}{}: {}\n", arguments.dry_run ? "would be " : "", did, changed);
    return changed > 0 ? exit_good : exit_not_found;
  }
  const auto store = open_store(configuration, store::Access::write);
  const std::int64_t count = store->count(action, filter);
  if (arguments.dry_run) {
    std::cout << fmt::format("would be {}: {}\n", did, count);
    return count > 0 ? exit_good : exit_not_found;
  }
  const Progress progress(count);
  const std::int64_t done =
      store::apply_to_all(*store, action, filter, arguments.reason, false, base::SystemClock(),
                          [&](std::int64_t changed) { progress.show(changed); });
  std::cout << fmt::format("{}: {}\n", did, done);
  if (action == DeliveryAction::retry && done > 0) note_absent_handlers(configuration, *store);
  return count > 0 ? exit_good : exit_not_found;
}

const HandlerSettings& find_handler(const Configuration& configuration, const std::string& name)
{
  for (const HandlerSettings& handler : configuration.fixed.handlers)
    if (handler.configuration.options.name == name) return handler;
  throw base::Failure(base::Errc::not_found,
                      "the configuration has no [[handler]] with the name '" + name + "'");
}

// Delivers past events to a handler, as if it had existed then.
int replay(const Configuration& configuration, const DeliveryArguments& arguments)
{
  const std::string name = arguments.filter.handler.value_or("");
  const model::EventMatch& match = find_handler(configuration, name).configuration.match;
  const base::TimePoint since = time_of("--since", arguments.since);
  if (!arguments.dry_run && goes_over_api(configuration)) {
    std::cout << fmt::format("replayed: {}\n", replay_over_api(configuration, name, arguments.since, false));
    return exit_good;
  }
  const auto store =
      open_store(configuration, arguments.dry_run ? store::Access::read : store::Access::write);
  const Progress progress(std::nullopt);
  const std::int64_t count =
      store::replay_since(*store, name, match, since, arguments.dry_run, base::SystemClock(),
                          [&](std::int64_t done) { progress.show(done); });
  std::cout << fmt::format("{}: {}\n", arguments.dry_run ? "would be replayed" : "replayed", count);
  return exit_good;
}

void add_filter(base::CommandLine& sub, DeliveryArguments& arguments)
{
  sub.add_option("--handler", arguments.filter.handler, "The name of a [[handler]]");
  sub.add_option("--query", arguments.filter.query, "A query: its id or its QueryId");
  sub.add_option("--older-than", arguments.older_than,
                 "Made before a time, or so long ago: 2026-01-31T12:00:00Z, 7d");
  auto* which = sub.add_option_group("state");
  which->add_flag("--due", arguments.due, "Deliveries that wait for an attempt");
  which->add_flag("--dead", arguments.dead, "Deliveries given up (dead letters), and not dismissed");
  which->add_flag("--held", arguments.held, "Deliveries on hold");
  which->require_option(0, 1);
}

} // namespace

void add_delivery_commands(base::CommandLine& app, Command& command)
{
  const auto arguments = std::make_shared<DeliveryArguments>();
  const auto add_action = [&](const char* name, const char* description, DeliveryAction action,
                              const char* did) -> base::CommandLine* {
    base::CommandLine* sub =
        add_command(app, name, description, command, arguments,
                    [action, did](const Configuration& configuration, const DeliveryArguments& given) {
                      return apply(configuration, given, action, did);
                    });
    sub->add_option("id", arguments->filter.id, "The id of a delivery");
    add_filter(*sub, *arguments);
    sub->add_flag("--all", arguments->all, "All deliveries");
    sub->add_flag("--dry-run", arguments->dry_run, "Only says how many");
    return sub;
  };
  base::CommandLine* listing =
      add_reading_command(app, "deliveries", "Lists deliveries, newest first", command, arguments, list);
  add_filter(*listing, *arguments);
  base::CommandLine* handlers = add_reading_command(
      app, "handlers", "Shows each handler's circuit breaker, backlog and oldest delivery", command,
      arguments, list_handlers);
  for (base::CommandLine* sub : {listing, handlers})
    sub->add_flag("--json", arguments->json, "As JSON");
  add_action("retry", "Makes deliveries due now, with all attempts available again", DeliveryAction::retry,
             "due now");
  add_action("hold", "Puts due deliveries on hold", DeliveryAction::hold, "held");
  add_action("release", "Makes held deliveries due now", DeliveryAction::release, "released");
  add_action("kill", "Gives deliveries up; dead ones are dismissed: status does not count them any more",
             DeliveryAction::kill, "given up")
      ->add_option("--reason", arguments->reason, "Why, for whoever looks at the delivery later");
  base::CommandLine* replaying =
      add_command(app, "replay", "Delivers the events since a time to a handler", command, arguments, replay);
  replaying->add_option("--handler", arguments->filter.handler, "The name of a [[handler]]")->required();
  replaying->add_option("--since", arguments->since, "A time, or how long ago: 2026-01-31T12:00:00Z, 7d")
      ->required();
  replaying->add_flag("--dry-run", arguments->dry_run, "Only says how many");
}

} // namespace postbackd::ctl

#include "delivery_commands.hpp"

#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <unistd.h>

#include "base/clock.hpp"
#include "query_report.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/delivery_admin.hpp"
#include "text/time.hpp"

namespace postbackd
{
namespace
{

using store::sqlite::Connection;
using store::sqlite::DeliveryFilter;
using store::sqlite::Steer;

constexpr std::size_t most_listed = 10'000;
// A transaction of ours: a few milliseconds, so that the daemon does not wait.
constexpr std::size_t at_once = 200;
constexpr int exit_not_found = 2;

struct Arguments {
  DeliveryFilter filter;
  std::string query_id;
  std::string since;
  bool due = false;
  bool dead = false;
  bool held = false;
  bool all = false;
  bool dry_run = false;
  bool json = false;
};

Connection open(const Configuration& configuration, Connection::Mode mode)
{
  return Connection({configuration.store.path, configuration.store.busy_timeout}, mode);
}

// On a terminal only, not for a moment's work, and away when it is done.
class Progress
{
public:
  explicit Progress(std::optional<std::int64_t> total) : total_(total), shown_(::isatty(STDERR_FILENO) == 1)
  {
  }
  ~Progress()
  {
    if (shown_) std::cerr << "\r\033[K";
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::int64_t done) const
  {
    if (!shown_ || done < 1'000) return;
    std::cerr << (total_ ? fmt::format("\r{} of {}", done, *total_) : fmt::format("\r{}", done))
              << std::flush;
  }

private:
  std::optional<std::int64_t> total_;
  bool shown_;
};

DeliveryFilter filter_of(const Arguments& arguments)
{
  DeliveryFilter filter = arguments.filter;
  if (arguments.due) filter.state = "due";
  if (arguments.dead) filter.state = "dead";
  if (arguments.held) filter.state = "held";
  return filter;
}

int list(const Configuration& configuration, const Arguments& arguments)
{
  Connection connection = open(configuration, Connection::Mode::read);
  print_rows(std::cout,
             store::sqlite::find_deliveries(connection.database(), filter_of(arguments), most_listed),
             arguments.json);
  return 0;
}

int list_handlers(const Configuration& configuration, const Arguments& arguments)
{
  Connection connection = open(configuration, Connection::Mode::read);
  print_rows(std::cout, store::sqlite::find_handlers(connection.database()), arguments.json);
  return 0;
}

int explain(const Configuration& configuration, const Arguments& arguments)
{
  Connection connection = open(configuration, Connection::Mode::read);
  DeliveryFilter filter;
  filter.query_id = arguments.query_id;
  const auto deliveries = store::sqlite::find_deliveries(connection.database(), filter, most_listed);
  if (deliveries.rows.empty()) {
    std::cerr << "postbackctl: no handler was given anything of " << arguments.query_id << '\n';
    return exit_not_found;
  }
  if (!arguments.json) std::cout << "deliveries, newest first\n";
  print_rows(std::cout, deliveries, arguments.json);
  if (!arguments.json) std::cout << "\nattempts\n";
  print_rows(std::cout, store::sqlite::find_attempts(connection.database(), arguments.query_id),
             arguments.json);
  return 0;
}

int steer(const Configuration& configuration, const Arguments& arguments, Steer steer, const char* did)
{
  const DeliveryFilter filter = filter_of(arguments);
  if (!filter.id && !filter.handler && !filter.state && !filter.query_id && !arguments.all)
    throw base::Failure(base::Errc::invalid,
                        "which? Give an id, --handler, --query, --due, --dead or --held; or --all");
  Connection connection = open(configuration, Connection::Mode::existing);
  const std::int64_t count = store::sqlite::count_steerable(connection.database(), steer, filter);
  if (arguments.dry_run) {
    std::cout << fmt::format("would be {}: {}\n", did, count);
    return count > 0 ? 0 : exit_not_found;
  }
  const Progress progress(count);
  std::int64_t done = 0;
  std::int64_t last = 0;
  const auto next = [&] { return store::sqlite::steer(connection.database(), steer, filter, last, at_once); };
  for (auto step = next(); step; step = next())
    progress.show(done += *step);
  std::cout << fmt::format("{}: {}\n", did, done);
  return count > 0 ? 0 : exit_not_found;
}

// A time, or how long ago it was.
std::string time_of(const std::string& since)
{
  if (const auto ago = text::parse_duration(since))
    return text::format_time(base::SystemClock().now() - *ago);
  if (since.size() >= 10 && since[4] == '-' && since[7] == '-') return since;
  throw base::Failure(
      base::Errc::invalid,
      "--since wants a time such as 2026-01-31T12:00:00Z, or how long ago, such as 7d; not '" + since + "'");
}

const Configuration::Handler& find_handler(const Configuration& configuration, const std::string& name)
{
  for (const Configuration::Handler& handler : configuration.handlers)
    if (handler.configuration.options.name == name) return handler;
  throw base::Failure(base::Errc::not_found,
                      "the configuration has no [[handler]] with the name '" + name + "'");
}

// Gives a handler what it would have been given.
int replay(const Configuration& configuration, const Arguments& arguments)
{
  const std::string name = arguments.filter.handler.value_or("");
  const model::EventMatch& match = find_handler(configuration, name).configuration.match;
  const std::string since = time_of(arguments.since);
  Connection connection =
      open(configuration, arguments.dry_run ? Connection::Mode::read : Connection::Mode::existing);
  std::int64_t last = 0;
  std::int64_t count = 0;
  const Progress progress(std::nullopt);
  for (;;) {
    const auto events = store::sqlite::past_events(connection.database(), since, last, at_once);
    if (events.empty()) break;
    last = events.back().id;
    std::vector<std::int64_t> wanted;
    for (const model::Event& event : events)
      if (match.wants(event)) wanted.push_back(event.id);
    count += arguments.dry_run ? static_cast<std::int64_t>(wanted.size())
                               : store::sqlite::replay(connection.database(), name, wanted);
    progress.show(count);
  }
  std::cout << fmt::format("{}: {}\n", arguments.dry_run ? "would be replayed" : "replayed", count);
  return 0;
}

} // namespace

void add_delivery_commands(CLI::App& app, std::function<int(const Configuration&)>& command)
{
  const auto arguments = std::make_shared<Arguments>();
  const auto add = [&](const char* name, const char* what,
                       std::function<int(const Configuration&, const Arguments&)> run) {
    CLI::App* sub = app.add_subcommand(name, what);
    sub->callback([&command, run = std::move(run), arguments] {
      command = [run, arguments](const Configuration& configuration) {
        return run(configuration, *arguments);
      };
    });
    return sub;
  };
  const auto add_filter = [&arguments](CLI::App* sub) {
    sub->add_option("--handler", arguments->filter.handler, "The name of a [[handler]]");
    sub->add_option("--query", arguments->filter.query_id, "The platform's QueryId");
    auto* which = sub->add_option_group("state");
    which->add_flag("--due", arguments->due, "Those that wait for an attempt");
    which->add_flag("--dead", arguments->dead, "Those given up");
    which->add_flag("--held", arguments->held, "Those put aside");
    which->require_option(0, 1);
  };
  const auto add_steer = [&](const char* name, const char* what, Steer kind, const char* did) {
    CLI::App* sub = add(name, what, [kind, did](const Configuration& c, const Arguments& a) {
      return steer(c, a, kind, did);
    });
    sub->add_option("id", arguments->filter.id, "The id of a delivery");
    add_filter(sub);
    sub->add_flag("--all", arguments->all, "All of them");
    sub->add_flag("--dry-run", arguments->dry_run, "Only says how many");
  };
  CLI::App* listing = add("deliveries", "Lists deliveries, newest first", list);
  add_filter(listing);
  CLI::App* handlers = add("handlers", "Each handler's circuit, backlog and oldest delivery", list_handlers);
  CLI::App* explaining = add("explain", "Every attempt to hand over what came for a query", explain);
  explaining->add_option("query_id", arguments->query_id, "The platform's QueryId")->required();
  for (CLI::App* sub : {listing, handlers, explaining})
    sub->add_flag("--json", arguments->json, "As JSON");
  add_steer("retry", "Makes deliveries due now, with all their attempts again", Steer::retry, "due now");
  add_steer("hold", "Puts due deliveries aside", Steer::hold, "held");
  add_steer("release", "Makes held deliveries due now", Steer::release, "released");
  add_steer("kill", "Gives deliveries up", Steer::kill, "dead");
  CLI::App* replaying = add("replay", "Gives a handler what came since a time", replay);
  replaying->add_option("--handler", arguments->filter.handler, "The name of a [[handler]]")->required();
  replaying->add_option("--since", arguments->since, "A time, or how long ago: 2026-01-31T12:00:00Z, 7d")
      ->required();
  replaying->add_flag("--dry-run", arguments->dry_run, "Only says how many");
}

} // namespace postbackd

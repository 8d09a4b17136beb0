// usage.
#include <fmt/format.h>

#include <iostream>

#include "command.hpp"
#include "table.hpp"
#include "text/time.hpp"

namespace postbackd::ctl
{
namespace
{

struct UsageArguments {
  std::string since = "30d";
  std::string by = "day";
  bool json = false;
};

Row usage_row(const store::UsageRecord& usage, const std::string& by)
{
  return {{by.c_str(), usage.time},
          {"client", usage.client},
          {"api", usage.api},
          {"submitted", usage.submitted},
          {"shared", usage.shared}};
}

int usage(const Configuration& configuration, const UsageArguments& arguments)
{
  if (arguments.by != "day" && arguments.by != "month")
    throw base::Failure(base::Errc::invalid, "--by: expected day or month");
  const store::UsageFilter filter{text::day_of(time_of("--since", arguments.since)), text::day_of(now()),
                                  arguments.by == "month"};
  const auto store = open_store(configuration, store::Access::read);
  TablePrinter printer(std::cout, arguments.json);
  for (const store::UsageRecord& each : store->usage(filter))
    printer.print(usage_row(each, arguments.by));
  return exit_good;
}

} // namespace

void add_usage_command(base::CommandLine& app, Command& command)
{
  const auto arguments = std::make_shared<UsageArguments>();
  base::CommandLine* sub = add_reading_command(
      app, "usage", "What each client has asked the platform, by day and API", command, arguments, usage);
  sub->add_option("--since", arguments->since, "From this day on: 2026-01-31T00:00:00Z, or 30d")
      ->capture_default_str();
  sub->add_option("--by", arguments->by, "day or month")->capture_default_str();
  sub->add_flag("--json", arguments->json, "As one JSON array");
}

} // namespace postbackd::ctl

// report.
#include <fmt/format.h>

#include <iostream>

#include "base/plain_text.hpp"
#include "command.hpp"
#include "store/report.hpp"
#include "text/time.hpp"

namespace postbackd::ctl
{
namespace
{

using store::Percentiles;
using store::Report;

constexpr std::size_t shown_missing = 20;

struct ReportArguments {
  std::optional<std::string> day;
  std::optional<std::string> since;
  bool json = false;
};

base::TimePoint begin_of_day(base::TimePoint time)
{
  return base::TimePoint(std::chrono::floor<std::chrono::days>(time.time_since_epoch()));
}

Report make_report(const Configuration& configuration, const ReportArguments& arguments)
{
  const base::TimePoint today = begin_of_day(now());
  base::TimePoint from = today - std::chrono::days(1);
  base::TimePoint to = today;
  if (arguments.since) {
    from = time_of("--since", *arguments.since);
    to = now();
  } else if (arguments.day) {
    const std::string& day = *arguments.day;
    const auto time = day == "today"       ? today
                      : day == "yesterday" ? from
                                           : text::parse_time(day + "T00:00:00Z").value_or(base::TimePoint());
    if (time == base::TimePoint())
      throw base::Failure(base::Errc::invalid,
                          "--day: '" + day + "' is not a day: 2026-01-31, today, yesterday");
    from = time;
    to = time + std::chrono::days(1);
  }
  return open_store(configuration, store::Access::read)->report(from, to);
}

std::string time_text(std::chrono::milliseconds time)
{
  const double seconds = static_cast<double>(time.count()) / 1000;
  if (seconds < 1) return fmt::format("{} ms", time.count());
  if (seconds < 120) return fmt::format("{:.1f} s", seconds);
  return seconds < 7200 ? fmt::format("{:.0f} min", seconds / 60) : fmt::format("{:.1f} h", seconds / 3600);
}

void print(const char* title, const Percentiles& times)
{
  if (times.count == 0) return;
  std::cout << fmt::format("{:<20}half within {}, 95 % within {}, 99 % within {}\n", title,
                           time_text(times.p50), time_text(times.p95), time_text(times.p99));
}

void print_missing(const Report& report)
{
  if (report.missing.empty()) return;
  std::cout << "\nmissing:\n";
  for (std::size_t i = 0; i < std::min(report.missing.size(), shown_missing); ++i) {
    const store::QueryRecord& query = report.missing[i];
    std::cout << fmt::format(
        "  {:<34} {:<10} {}  {}\n", query.query_id.empty() ? query.correlation : query.query_id,
        model::to_text(query.state), text::format_time(query.created_at), base::as_line(query.label));
  }
  if (report.missing.size() > shown_missing)
    std::cout << "  … (--json has more; postbackctl list --pending has all)\n";
}

void print(const Report& report)
{
  const auto line = [](const char* title, const std::string& text) {
    std::cout << fmt::format("{:<20}{}\n", title, text);
  };
  const auto count = [&](const char* name) { return report.counts.at(name); };
  const char* about = report.sampled ? "about " : "";
  line("from", text::format_time(report.from));
  line("to", text::format_time(report.to));
  line("registered",
       fmt::format("{}{}, of them submitted {}{}", about, report.registered, about, report.submitted));
  line("answered",
       fmt::format("{}{}, of them after their deadline {}{}", about, report.answered, about, report.late));
  for (const auto& [state, number] : report.by_state)
    line(("  " + state).c_str(), std::to_string(number));
  if (report.by_state.empty()) line("missing", "nothing");
  line("received",
       fmt::format("{} results, {} notices, {} extra, {} unmatched, {} undecodable, {} repeats; {} MiB",
                   count("results"), count("notices"), count("extras"), count("unmatched"),
                   count("undecodable"), count("repeats"), count("bytes") >> 20));
  line("deliveries", fmt::format("{} done, {} dead", count("deliveries_done"), count("deliveries_dead")));
  if (report.refusals.empty()) line("refused", "nothing");
  for (const store::RefusalCount& refusal : report.refusals)
    line(&refusal == &report.refusals.front() ? "refused" : "",
         fmt::format("{} × {} from {} {} (the last at {})", refusal.count, refusal.reason,
                     refusal.remote.empty() ? "others" : refusal.remote, base::as_line(refusal.path),
                     text::format_time(refusal.last)));
  print("query to result", report.query_to_result);
  print("received to kept", report.received_to_kept);
  print("kept to handed over", report.kept_to_delivered);
  print_missing(report);
}

int report(const Configuration& configuration, const ReportArguments& arguments)
{
  const Report made = make_report(configuration, arguments);
  if (arguments.json)
    std::cout << to_json(made) << '\n';
  else
    print(made);
  return exit_good;
}

} // namespace

void add_report_command(base::CommandLine& app, Command& command)
{
  const auto arguments = std::make_shared<ReportArguments>();
  base::CommandLine* reporting = add_reading_command(
      app, "report",
      "Says what became of the queries of a day: answered, missing, refused, and how long it took", command,
      arguments, report);
  auto* day =
      reporting->add_option("--day", arguments->day, "A day, UTC: 2026-01-31, today; by default yesterday");
  reporting->add_option("--since", arguments->since, "From a time until now: 2026-01-31T12:00:00Z, 7d")
      ->excludes(day);
  reporting->add_flag("--json", arguments->json, "As one JSON object");
}

} // namespace postbackd::ctl

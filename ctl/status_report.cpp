#include "status_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/error.hpp"
#include "base/plain_text.hpp"
#include "text/json_document.hpp"

namespace postbackd::ctl
{
namespace
{

std::string bytes_text(std::int64_t bytes)
{
  return bytes < (1 << 20) ? fmt::format("{} KiB", bytes / 1024) : fmt::format("{} MiB", bytes >> 20);
}

std::string time_text(std::int64_t seconds)
{
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min", seconds / 60);
  return seconds < 172'800 ? fmt::format("{} h", seconds / 3600) : fmt::format("{} d", seconds / 86'400);
}

constexpr std::size_t shown_error = 200;

class StatusLines
{
public:
  StatusLines(std::ostream& out, text::JsonNode status) : out_(out), status_(status) {}

  void print()
  {
    line("version",
         fmt::format("{}, running for {}", text_of("version"), time_text(number("uptime_seconds"))));
    print_list("receiving", status_.member("receiving").elements(),
               [](const text::JsonNode& address) { return std::string(address.text()); });
    if (!text_of("certificate_ends").empty()) line("certificate", "until " + text_of("certificate_ends"));
    if (!text_of("reloaded_at").empty()) line("reloaded", text_of("reloaded_at"));
    print_queries(status_.member("queries"));
    print_list("handlers", status_.member("handlers").elements(), handler_text);
    print_counts("received");
    print_counts("refused");
    print_keep();
    line("waiting", fmt::format("{} for the writer", number("queue_depth")));
    line("connections", fmt::format("{} open", number("connections")));
    print_store();
  }

private:
  static std::int64_t number(text::JsonNode node, const char* name)
  {
    return node.member(name).integer().value_or(0);
  }
  std::int64_t number(const char* name) const { return number(status_, name); }
  std::string text_of(const char* name) const { return std::string(status_.member(name).text()); }

  static std::string handler_text(const text::JsonNode& handler)
  {
    const std::string error(handler.member("last_error").text());
    return fmt::format("{:<20}{} waiting{}, {} dead{}{}", handler.member("name").text(),
                       number(handler, "backlog"),
                       number(handler, "backlog") > 0
                           ? " (the oldest for " + time_text(number(handler, "oldest_seconds")) + ")"
                           : "",
                       number(handler, "dead"),
                       handler.member("circuit_open").flag().value_or(false) ? ", circuit open" : "",
                       error.empty() ? "" : "; last error: " + error.substr(0, shown_error));
  }

  void line(const std::string& title, const std::string& text)
  {
    out_ << fmt::format("{:<13}{}\n", title, base::as_line(text));
  }

  template<class Shown>
  void print_list(const char* title, const std::vector<text::JsonNode>& nodes, Shown shown)
  {
    for (std::size_t i = 0; i < nodes.size(); ++i)
      line(i == 0 ? title : "", shown(nodes[i]));
  }

  void print_queries(text::JsonNode queries)
  {
    line("queries", fmt::format("{} pending, {} overdue, {} lost, the oldest waits for {}",
                                number(queries, "pending"), number(queries, "overdue"),
                                number(queries, "lost"), time_text(number(queries, "oldest_seconds"))));
    if (number(queries, "submissions_queued") + number(queries, "recoveries") > 0)
      line("", fmt::format("{} to submit, {} to recover", number(queries, "submissions_queued"),
                           number(queries, "recoveries")));
  }

  void print_store()
  {
    line("store", fmt::format("{}, WAL {}, {} free", bytes_text(number("database_bytes")),
                              bytes_text(number("wal_bytes")), bytes_text(number("free_bytes"))));
    if (!text_of("server").empty()) line("server", text_of("server"));
    if (status_.member("days_until_disk_full").integer())
      line("", fmt::format("the disk is full in {} days, at {} a day", number("days_until_disk_full"),
                           bytes_text(number("growth_bytes_per_day"))));
    line("made",
         text_of("made_at") + (text_of("restored_at").empty() ? "" : "; restored " + text_of("restored_at")));
    line("backup", text_of("backed_up_at").empty() ? "none (postbackctl backup)"
                                                   : "the newest of " + text_of("backed_up_at"));
  }

  void print_keep()
  {
    std::string ages;
    for (const auto& [what, age] : status_.member("keep").members())
      ages += fmt::format("{}{} {}", ages.empty() ? "" : ", ", what, age.text());
    const std::string since = text_of("kept_since");
    line("kept", fmt::format("{}; {}", since.empty() ? "nothing yet" : "since " + since,
                             ages.empty() ? "for ever ([keep] is not set)" : "deleted after: " + ages));
  }

  void print_counts(const char* name)
  {
    const auto counts = status_.member(name).members();
    if (counts.empty()) line(name, "none since the start");
    for (std::size_t i = 0; i < counts.size(); ++i)
      line(i == 0 ? name : "",
           fmt::format("{:<28}{}", counts[i].first, counts[i].second.integer().value_or(0)));
  }

  std::ostream& out_;
  text::JsonNode status_;
};

std::vector<SeenProblem> problems_in(text::JsonNode status)
{
  std::vector<SeenProblem> problems;
  for (const text::JsonNode& problem : status.member("problems").elements())
    problems.push_back(
        {problem.member("critical").flag().value_or(false), std::string(problem.member("what").text())});
  return problems;
}

// One line, as monitoring systems show it.
void print_check(std::ostream& out, const std::vector<SeenProblem>& problems, int severity)
{
  constexpr const char* words[] = {"OK", "WARNING", "CRITICAL"};
  std::string text;
  for (const SeenProblem& problem : problems)
    text += (text.empty() ? "" : "; ") + problem.what;
  out << "POSTBACKD " << words[severity] << ": " << (text.empty() ? "all is well" : base::as_line(text))
      << '\n';
}

void print_problems(std::ostream& out, bool ready, const std::vector<SeenProblem>& problems)
{
  out << fmt::format("{:<13}{}\n", "ready", ready ? "yes" : "NO");
  if (problems.empty()) out << fmt::format("{:<13}none\n", "problems");
  for (const SeenProblem& problem : problems)
    out << fmt::format("{:<13}{}{}\n", &problem == &problems.front() ? "problems" : "",
                       problem.critical ? "CRITICAL: " : "", base::as_line(problem.what));
}

} // namespace

int severity_of(const std::vector<SeenProblem>& problems)
{
  int severity = 0;
  for (const SeenProblem& problem : problems)
    severity = std::max(severity, problem.critical ? 2 : 1);
  return severity;
}

int report_problems(std::ostream& out, std::vector<SeenProblem> problems, StatusForm form)
{
  if (form == StatusForm::check)
    print_check(out, problems, severity_of(problems));
  else
    print_problems(out, false, problems);
  return form == StatusForm::check ? severity_of(problems) : 1;
}

int report_status(std::ostream& out, const std::string& json, StatusForm form,
                  const std::vector<SeenProblem>& seen)
{
  const auto document = text::JsonDocument::parse(json);
  if (!document)
    throw base::Failure(base::Errc::unavailable, "the daemon's status is not JSON: is it another version?");
  const text::JsonNode status = document->root();
  const bool ready = status.member("ready").flag().value_or(false);
  std::vector<SeenProblem> problems = problems_in(status);
  problems.insert(problems.end(), seen.begin(), seen.end());
  std::stable_partition(problems.begin(), problems.end(),
                        [](const SeenProblem& problem) { return problem.critical; });
  if (form == StatusForm::check) {
    print_check(out, problems, severity_of(problems));
    return severity_of(problems);
  }
  if (form == StatusForm::json) {
    out << json << '\n';
  } else {
    print_problems(out, ready, problems);
    StatusLines(out, status).print();
  }
  return ready ? 0 : 1;
}

} // namespace postbackd::ctl

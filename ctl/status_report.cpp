#include "status_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <unistd.h>

#include "base/error.hpp"
#include "base/permission.hpp"
#include "base/plain_text.hpp"
#include "http/client.hpp"
#include "text/json_document.hpp"

namespace postbackd::ctl
{
namespace
{

// Every address of this machine is also loopback.
std::string url_of(const Fixed::Admin& admin)
{
  const std::string host = admin.address == "0.0.0.0" ? "127.0.0.1"
                           : admin.address == "::"    ? "::1"
                                                      : admin.address;
  const bool is_v6 = host.find(':') != std::string::npos;
  return fmt::format("http://{}{}{}:{}", is_v6 ? "[" : "", host, is_v6 ? "]" : "", *admin.port);
}

http::ClientAnswer ask(const Fixed::Admin& admin, const std::string& path)
{
  if (admin.socket.empty() && !admin.port)
    throw base::Failure(base::Errc::invalid,
                        "the configuration has no [admin] socket or port: set one to reach the daemon");
  http::ClientRequest request;
  request.url = admin.socket.empty() ? url_of(admin) + path : "http://admin" + path;
  request.unix_socket = admin.socket.string();
  if (!admin.socket.empty() && ::access(admin.socket.c_str(), W_OK) != 0 && errno == EACCES)
    throw base::Failure(base::Errc::invalid,
                        fmt::format("cannot use '{}': {}", admin.socket.string(), base::permission_denied()));
  http::ClientOutcome outcome = http::perform(request);
  if (!outcome.answer)
    throw base::Failure(
        base::Errc::unavailable,
        fmt::format("the daemon does not answer at {}: {}. Is it running? `systemctl status postbackd`",
                    admin.socket.empty() ? request.url : admin.socket.string(), outcome.error));
  return std::move(*outcome.answer);
}

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

class StatusLines
{
public:
  StatusLines(std::ostream& out, text::JsonNode status) : out_(out), status_(status) {}

  void print()
  {
    print_problems();
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
    line("store", fmt::format("{}, WAL {}, {} free", bytes_text(number("database_bytes")),
                              bytes_text(number("wal_bytes")), bytes_text(number("free_bytes"))));
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
    return fmt::format("{:<20}{} waiting{}, {} dead{}", handler.member("name").text(),
                       number(handler, "backlog"),
                       number(handler, "backlog") > 0
                           ? " (the oldest for " + time_text(number(handler, "oldest_seconds")) + ")"
                           : "",
                       number(handler, "dead"),
                       handler.member("circuit_open").flag().value_or(false) ? ", circuit open" : "");
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

  void print_problems()
  {
    line("ready", status_.member("ready").flag().value_or(false) ? "yes" : "NO");
    const auto problems = status_.member("problems").elements();
    if (problems.empty()) line("problems", "none");
    print_list("problems", problems, [](const text::JsonNode& problem) {
      return (problem.member("critical").flag().value_or(false) ? "CRITICAL: " : "") +
             std::string(problem.member("what").text());
    });
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

// Nagios: OK, WARNING, CRITICAL.
int severity_of(text::JsonNode status)
{
  int severity = 0;
  for (const text::JsonNode& problem : status.member("problems").elements())
    severity = std::max(severity, problem.member("critical").flag().value_or(false) ? 2 : 1);
  return severity;
}

// One line, as monitoring systems show it.
void print_check(std::ostream& out, text::JsonNode status, int severity)
{
  constexpr const char* words[] = {"OK", "WARNING", "CRITICAL"};
  std::string text;
  for (const text::JsonNode& problem : status.member("problems").elements())
    text += (text.empty() ? "" : "; ") + std::string(problem.member("what").text());
  out << "POSTBACKD " << words[severity] << ": " << (text.empty() ? "all is well" : base::as_line(text))
      << '\n';
}

} // namespace

int report_status(std::ostream& out, const std::string& json, StatusForm form)
{
  const auto document = text::JsonDocument::parse(json);
  if (!document)
    throw base::Failure(base::Errc::unavailable, "the daemon's status is not JSON: is it another version?");
  const text::JsonNode status = document->root();
  const int severity = severity_of(status);
  if (form == StatusForm::check)
    print_check(out, status, severity);
  else if (form == StatusForm::json)
    out << json << '\n';
  else
    StatusLines(out, status).print();
  return form == StatusForm::check ? severity : status.member("ready").flag().value_or(false) ? 0 : 1;
}

int print_status(std::ostream& out, const Fixed::Admin& admin, StatusForm form)
{
  try {
    return report_status(out, ask(admin, "/status").body, form);
  } catch (const base::Failure& e) {
    if (form != StatusForm::check) throw;
    out << "POSTBACKD CRITICAL: " << base::as_line(e.what()) << '\n';
    return 2;
  }
}

} // namespace postbackd::ctl

#include "status_report.hpp"

#include <fmt/format.h>

#include <map>
#include <ostream>
#include <sstream>
#include <unistd.h>

#include "base/error.hpp"
#include "base/permission.hpp"
#include "http/client.hpp"

namespace postbackd::ctl
{
namespace
{

http::ClientAnswer ask(const Fixed::Admin& admin, const std::string& path)
{
  if (admin.socket.empty() && !admin.port)
    throw base::Failure(base::Errc::invalid,
                        "the configuration has no [admin] socket or port: set one to reach the daemon");
  http::ClientRequest request;
  request.url =
      admin.socket.empty() ? fmt::format("http://127.0.0.1:{}{}", *admin.port, path) : "http://admin" + path;
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

// Returns the samples of a Prometheus text, by name and labels as written.
std::map<std::string, double> parse(const std::string& text)
{
  std::map<std::string, double> samples;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t space = line.rfind(' ');
    if (line.empty() || line[0] == '#' || space == std::string::npos) continue;
    samples[line.substr(0, space)] = std::strtod(line.c_str() + space, nullptr);
  }
  return samples;
}

// Returns the labels of `name{a="x",b="y"}` as `x y`.
std::string labels_of(const std::string& sample)
{
  std::string labels;
  for (std::size_t at = sample.find('"'); at != std::string::npos;) {
    const std::size_t end = sample.find('"', at + 1);
    labels += (labels.empty() ? "" : " ") + sample.substr(at + 1, end - at - 1);
    at = sample.find('"', end + 1);
  }
  return labels;
}

std::string bytes_text(double bytes)
{
  return bytes < (1 << 20) ? fmt::format("{:.0f} KiB", bytes / 1024)
                           : fmt::format("{:.0f} MiB", bytes / (1 << 20));
}

std::string time_text(double seconds)
{
  const auto whole = static_cast<long>(seconds);
  if (whole < 120) return fmt::format("{} s", whole);
  if (whole < 7200) return fmt::format("{} min", whole / 60);
  return whole < 172'800 ? fmt::format("{} h", whole / 3600) : fmt::format("{} d", whole / 86'400);
}

class Report
{
public:
  Report(std::ostream& out, std::map<std::string, double> samples) : out_(out), samples_(std::move(samples))
  {
  }

  double value(const std::string& name) const
  {
    const auto found = samples_.find(name);
    return found == samples_.end() ? 0 : found->second;
  }
  void line(const char* title, const std::string& text) { out_ << fmt::format("{:<13}{}\n", title, text); }

  // Prints a line for each sample of the name that is not 0.
  void group(const char* title, const std::string& name)
  {
    bool none = true;
    for (const auto& [sample, count] : samples_) {
      if (!sample.starts_with(name + "{") || count == 0) continue;
      line(none ? title : "", fmt::format("{:<28}{:.0f}", labels_of(sample), count));
      none = false;
    }
    if (none) line(title, "none since the start");
  }

  void mean(const char* title, const std::string& name, const std::string& unit, double factor)
  {
    const double count = value(name + "_count");
    if (count > 0)
      line(title, fmt::format("{:.2f} {} on average, {:.0f} times", factor * value(name + "_sum") / count,
                              unit, count));
  }

private:
  std::ostream& out_;
  std::map<std::string, double> samples_;
};

} // namespace

bool print_status(std::ostream& out, const Fixed::Admin& admin)
{
  const http::ClientAnswer ready = ask(admin, "/readyz");
  Report report(out, parse(ask(admin, "/metrics").body));
  report.line("ready", ready.status == 200 ? "yes" : "NO: the log says why");
  report.line("queries", fmt::format("{:.0f} pending, {:.0f} overdue, the oldest waits for {}",
                                     report.value("postbackd_queries_pending"),
                                     report.value("postbackd_queries_overdue"),
                                     time_text(report.value("postbackd_oldest_pending_seconds"))));
  report.group("received", "postbackd_postbacks_total");
  report.group("refused", "postbackd_refused_total");
  report.mean("commit", "postbackd_commit_seconds", "ms", 1000);
  report.mean("sync", "postbackd_sync_seconds", "ms", 1000);
  report.mean("group", "postbackd_group_size", "jobs", 1);
  report.line("waiting", fmt::format("{:.0f} for the writer", report.value("postbackd_queue_depth")));
  report.line("connections", fmt::format("{:.0f} open", report.value("postbackd_connections")));
  report.line("store",
              fmt::format("{}, WAL {}, {} free", bytes_text(report.value("postbackd_database_bytes")),
                          bytes_text(report.value("postbackd_wal_bytes")),
                          bytes_text(report.value("postbackd_free_bytes"))));
  return ready.status == 200;
}

} // namespace postbackd::ctl

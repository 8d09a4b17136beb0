// apply.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>
#include <unistd.h>

#include "base/new_file.hpp"
#include "base/plain_text.hpp"
#include "command.hpp"
#include "daemon_status.hpp"
#include "text/json_document.hpp"
#include "unit.hpp"

namespace postbackd::ctl
{
namespace
{

namespace fs = std::filesystem;

constexpr std::chrono::seconds patience{60};
constexpr std::chrono::milliseconds pause{100};

struct ApplyArguments {
  bool check_only = false;
};

ProgramOutput systemctl(std::vector<std::string> arguments)
{
  arguments.insert(arguments.begin(), "systemctl");
  return run_program(arguments);
}

// The lines of the unit's own [Service] sections, with those of its drop-ins: its user, its sandbox, its
// credentials.
std::string service_section(const std::string& unit)
{
  const ProgramOutput shown = systemctl({"cat", "--no-pager", unit});
  if (shown.code != 0)
    throw base::Failure(base::Errc::not_found,
                        fmt::format("there is no unit '{}': {}", unit, base::as_line(shown.text)));
  std::string section;
  bool inside = false;
  std::istringstream lines(shown.text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('['))
      inside = line == "[Service]";
    else if (inside && !line.starts_with('#'))
      section += line + '\n';
  }
  return section;
}

// A unit that checks instead of serving; it goes with this object.
class CheckingUnit
{
public:
  CheckingUnit(const std::string& unit, const fs::path& configuration)
  {
    // The instance of a template keeps its name: its lines use it.
    const std::size_t at = unit.find('@');
    name_ = at == unit.npos ? "postbackd-check.service" : "postbackd-check" + unit.substr(at);
    file_ = fs::path("/run/systemd/system") / name_;
    output_ = fmt::format("/run/postbackd-check.{}", ::getpid());
    std::ofstream out(file_);
    out << "[Unit]\nDescription=Check of " << configuration.string() << "\n[Service]\n"
        << service_section(unit)
        // Of its own: the running unit keeps its directory.
        << "Type=oneshot\nRestart=no\nWatchdogSec=0\nExecStartPre=\nExecReload=\nRuntimeDirectory="
           "\nRuntimeDirectory=postbackd-check\n"
        << "StandardOutput=truncate:" << output_ << "\nStandardError=append:" << output_ << "\nExecStart=\n"
        << "ExecStart=/usr/sbin/postbackd --config " << configuration.string() << " --check-config\n";
    if (!out.flush())
      throw base::Failure(base::Errc::unavailable, fmt::format("cannot write '{}'", file_.string()));
  }
  ~CheckingUnit()
  {
    std::error_code ignored;
    fs::remove(file_, ignored);
    fs::remove(output_, ignored);
    systemctl({"reset-failed", name_});
  }
  CheckingUnit(const CheckingUnit&) = delete;
  CheckingUnit& operator=(const CheckingUnit&) = delete;

  ProgramOutput run() const
  {
    systemctl({"daemon-reload"}); // it may know an earlier one
    ProgramOutput output = systemctl({"start", name_});
    std::ifstream said(output_);
    const std::string text(std::istreambuf_iterator<char>(said), {});
    if (!text.empty()) output.text = text;
    return output;
  }

private:
  std::string name_;
  fs::path file_;
  std::string output_;
};

// Returns the daemon's status, once it answers and `is_meant` says so.
template<class Condition>
text::JsonDocument wait_for_status(const Configuration& configuration, Condition is_meant)
{
  const auto end = std::chrono::steady_clock::now() + patience;
  for (;;) {
    try {
      auto status = text::JsonDocument::parse(status_of(configuration.fixed.admin));
      if (status && is_meant(status->root())) return std::move(*status);
    } catch (const base::Failure&) {
      if (std::chrono::steady_clock::now() > end) throw;
    }
    if (std::chrono::steady_clock::now() > end)
      throw base::Failure(base::Errc::unavailable, "the daemon did not take it within a minute");
    std::this_thread::sleep_for(pause);
  }
}

// Why a reload is not enough; empty: it is.
std::string why_restart(const Configuration& configuration, const std::string& unit, text::JsonNode status)
{
  std::vector<std::string> reasons;
  if (const std::string tables(status.member("restart_needed").text()); !tables.empty())
    reasons.push_back(tables + " changed");
  std::vector<std::string> credentials = changed_in_unit(configuration, unit);
  for (const text::JsonNode& where : status.member("changed_credentials").elements())
    credentials.emplace_back(where.text());
  if (!credentials.empty())
    reasons.push_back(fmt::format("new credentials: {}", fmt::join(credentials, ", ")));
  for (const text::JsonNode& problem : status.member("problems").elements())
    if (problem.member("name").text() == "handler") reasons.emplace_back("a handler could not run");
  return fmt::format("{}", fmt::join(reasons, "; "));
}

int start(const std::string& unit, const char* verb, const std::string& why)
{
  const ProgramOutput started = systemctl({verb, unit});
  if (started.code != 0)
    throw base::Failure(base::Errc::unavailable,
                        fmt::format("{} does not start: {}", unit, base::as_line(started.text)));
  std::cout << unit << ": " << why << '\n';
  return exit_good;
}

int apply(const Configuration& configuration, const ApplyArguments& arguments)
{
  const std::string unit = unit_of(configuration.file);
  if (unit.empty() || !has_systemd())
    throw base::Failure(
        base::Errc::invalid,
        fmt::format("no systemd unit runs '{}': check it with `postbackd --config {} --check-config`, "
                    "then send the daemon SIGHUP, or start it again",
                    configuration.file.string(), configuration.file.string()));
  if (::geteuid() != 0)
    throw base::Failure(base::Errc::invalid, "only root can start and reload units: sudo postbackctl apply");
  const ProgramOutput checked = CheckingUnit(unit, configuration.file).run();
  std::cout << checked.text;
  if (checked.code != 0) {
    std::cout << "nothing was changed"
              << (is_active(unit) ? ": the daemon goes on with the configuration that it has" : "") << '\n';
    return exit_configuration;
  }
  if (arguments.check_only) return exit_good;
  if (!is_active(unit)) return start(unit, "start", "started");
  const auto before = text::JsonDocument::parse(status_of(configuration.fixed.admin));
  const std::string reloaded_before(before ? before->root().member("reloaded_at").text() : "");
  if (const ProgramOutput reloaded = systemctl({"reload", unit}); reloaded.code != 0)
    throw base::Failure(base::Errc::unavailable,
                        fmt::format("{} is not reloaded: {}", unit, base::as_line(reloaded.text)));
  const auto after = wait_for_status(configuration, [&](text::JsonNode status) {
    return status.member("reloaded_at").text() != reloaded_before ||
           !status.member("reload_error").text().empty();
  });
  const std::string why = why_restart(configuration, unit, after.root());
  if (why.empty() && after.root().member("reload_error").text().empty()) {
    std::cout << unit << ": reloaded\n";
    return exit_good;
  }
  start(unit, "restart", "restarted" + (why.empty() ? "" : ": " + why));
  wait_for_status(configuration, [](text::JsonNode) { return true; });
  return exit_good;
}

} // namespace

void add_apply_command(base::CommandLine& app, Command& command)
{
  const auto arguments = std::make_shared<ApplyArguments>();
  add_command(app, "apply",
              "Checks the configuration as its unit will run it, then reloads or restarts the unit, "
              "whichever the change needs",
              command, arguments, apply)
      ->add_flag("--check", arguments->check_only, "Only checks");
}

} // namespace postbackd::ctl

#include "daemon_status.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <iostream>
#include <unistd.h>

#include "base/permission.hpp"
#include "base/plain_text.hpp"
#include "configuration/known_store.hpp"
#include "http/client.hpp"
#include "unit.hpp"

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

// A file that cannot be read says not where its daemon is: where the package has put it, then.
Fixed::Admin admin_of(const Configuration& configuration)
{
  Fixed::Admin admin = configuration.fixed.admin;
  if (!admin.socket.empty() || admin.port) return admin;
  const std::string unit = unit_of(configuration.file);
  if (unit.starts_with("postbackd@"))
    admin.socket = "/run/postbackd-" + configuration.file.parent_path().filename().string() + "/admin.sock";
  else if (!unit.empty())
    admin.socket = "/run/" + unit.substr(0, unit.find('.')) + "/admin.sock";
  return admin;
}

// What keeps a daemon that does not answer from its work, as far as it can be seen from here.
std::vector<SeenProblem> why_silent(const Configuration& configuration, const std::string& failure)
{
  std::vector<SeenProblem> problems{{true, failure}};
  try {
    const Fixed::Store& store = configuration.fixed.store;
    const store::StoreAddress address = store.address();
    const KnownStore known(configuration.file, address.text());
    if (!store::exists(address))
      problems.push_back({true, known.id() ? known.why_not_made()
                                           : fmt::format("there is no store at '{}': `{}` makes one",
                                                         address.text(), known.command("store init"))});
    else
      known.check(store::open_operator(address, store.busy_timeout, store::Access::read)->archive().id());
  } catch (const base::Failure& e) {
    problems.push_back({true, e.what()});
  }
  return problems;
}

struct Seen {
  std::string json; // empty: it does not answer
  std::vector<SeenProblem> problems;
};

Seen look(const Load& load)
{
  std::string wrong;
  const Configuration configuration = load.leniently(wrong);
  Seen seen;
  try {
    seen.json = status_of(admin_of(configuration));
  } catch (const base::Failure& e) {
    seen.problems = why_silent(configuration, e.what());
  }
  if (!wrong.empty())
    seen.problems.push_back({false, "the configuration is wrong, and the next start would fail: " + wrong +
                                        " (mend it, and `postbackctl apply`)"});
  const std::string unit = unit_of(configuration.file);
  if (!unit.empty() && !seen.json.empty())
    for (const std::string& where : changed_in_unit(configuration, unit))
      seen.problems.push_back(
          {false, where + ": its file has changed, and the unit has the old one: `postbackctl apply`"});
  return seen;
}

// The default stands for all units that are in use: the one daemon, or halves and instances.
std::vector<std::string> configurations_in_use(const std::string& file)
{
  std::vector<std::filesystem::path> others;
  if (file == default_configuration_file && has_systemd()) others = other_configurations();
  if (others.empty()) return {file};
  std::vector<std::string> used;
  others.insert(others.begin(), file);
  for (const std::filesystem::path& each : others)
    if (is_in_use(unit_of(each))) used.push_back(each.string());
  return used.empty() ? std::vector{file} : used;
}

int print(std::ostream& out, const Seen& seen, StatusForm form)
{
  return seen.json.empty() ? report_problems(out, seen.problems, form)
                           : report_status(out, seen.json, form, seen.problems);
}

} // namespace

std::string why_not_ready(const Configuration& configuration)
{
  const http::ClientAnswer answer = ask(admin_of(configuration), "/readyz");
  return answer.status == 200 ? std::string() : answer.body;
}

std::string status_of(const Fixed::Admin& admin) { return ask(admin, "/status").body; }

int print_status(std::ostream& out, const Load& load, StatusForm form)
{
  const std::vector<std::string> files = configurations_in_use(load.file());
  if (files.size() == 1) return print(out, look(Load(files.front())), form);
  int worst = 0;
  for (const std::string& file : files) {
    out << file << ":\n";
    worst = std::max(worst, print(out, look(Load(file)), form));
  }
  return worst;
}

} // namespace postbackd::ctl

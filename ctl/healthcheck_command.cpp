// healthcheck.
#include <iostream>

#include "base/plain_text.hpp"
#include "command.hpp"
#include "daemon_status.hpp"

namespace postbackd::ctl
{
namespace
{

struct Nothing {
};

int check_health(const Configuration& configuration, const Nothing&)
{
  const std::string why = why_not_ready(configuration);
  if (why.empty()) return exit_good;
  std::cerr << "postbackctl: not ready: " << base::as_line(why) << '\n';
  return exit_failed;
}

} // namespace

void add_healthcheck_command(base::CommandLine& app, Command& command)
{
  add_command(app, "healthcheck", "Whether the daemon could keep a postback now: 0, or 1", command,
              std::make_shared<Nothing>(), check_health);
}

} // namespace postbackd::ctl

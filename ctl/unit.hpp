#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "configuration/configuration.hpp"

// The systemd unit that runs a configuration, as the package installs them (docs/deploy.md).
namespace postbackd::ctl
{

// Returns `postbackd.service` for /etc/postbackd/postbackd.toml, `postbackd-receive.service` and
// `postbackd-work.service` for those of the halves, `postbackd@NAME.service` for
// /etc/postbackd/NAME/postbackd.toml; nothing for another file.
std::string unit_of(const std::filesystem::path& configuration);

// The other configurations that are installed: of halves and of further instances.
std::vector<std::filesystem::path> other_configurations();

struct ProgramOutput {
  int code = -1;    // 128 + the signal
  std::string text; // standard output and error
};
// Runs a program to its end. Throws base::Failure if it cannot be started.
ProgramOutput run_program(const std::vector<std::string>& command);

bool has_systemd();
bool is_active(const std::string& unit);
bool is_in_use(const std::string& unit); // it runs, or is started at each boot

// Returns where the configuration names credentials whose files in /etc are not those that the running unit
// has: systemd copies them at its start. Only root can see both.
std::vector<std::string> changed_in_unit(const Configuration& configuration, const std::string& unit);

} // namespace postbackd::ctl

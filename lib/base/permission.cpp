#include "base/permission.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <pwd.h>
#include <unistd.h>

namespace postbackd::base
{

std::string user_name()
{
  if (const char* user = std::getenv("SUDO_USER"); user && ::geteuid() == 0) return user;
  const passwd* user = ::getpwuid(::getuid());
  return user ? user->pw_name : fmt::format("user {}", ::getuid());
}

std::string permission_denied()
{
  const passwd* user = ::getpwuid(::geteuid());
  return fmt::format(
      "permission denied: be root, or join the group that may: `adduser {} postbackd`, then log in again",
      user ? user->pw_name : "USER");
}

std::string sandbox_hint(std::string_view said)
{
  // What ProtectSystem=, NoNewPrivileges=, SystemCallFilter= and ProcSubset= make programs say.
  for (const char* word : {"Read-only file system", "no new privileges", "Operation not permitted", "/proc/"})
    if (said.find(word) != std::string_view::npos)
      return " (perhaps the sandbox of the unit: docs/deploy.md has the line that opens it)";
  return {};
}

} // namespace postbackd::base

#include "base/permission.hpp"

#include <fmt/format.h>

#include <pwd.h>
#include <unistd.h>

namespace postbackd::base
{

std::string permission_denied()
{
  const passwd* user = ::getpwuid(::geteuid());
  return fmt::format(
      "permission denied: be root, or join the group that may: `adduser {} postbackd`, then log in again",
      user ? user->pw_name : "USER");
}

} // namespace postbackd::base

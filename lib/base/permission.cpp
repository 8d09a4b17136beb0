#include "base/permission.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.hpp"

namespace postbackd::base
{

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

void give_to_owner_of_directory(const std::filesystem::path& path, mode_t mode)
{
  struct stat directory {
  };
  const std::string parent = std::filesystem::absolute(path).parent_path();
  const bool done = ::stat(parent.c_str(), &directory) == 0 &&
                    (::geteuid() != 0 || ::chown(path.c_str(), directory.st_uid, directory.st_gid) == 0) &&
                    ::chmod(path.c_str(), mode) == 0;
  if (!done)
    throw Failure(Errc::unavailable, fmt::format("cannot give '{}' to the owner of its directory: {}",
                                                 path.string(), std::strerror(errno)));
}

} // namespace postbackd::base

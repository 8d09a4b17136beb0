#include "base/free_space.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <sys/statvfs.h>

namespace postbackd::base
{

Result<std::uint64_t> FreeSpace::available() const
{
  struct statvfs figures {
  };
  if (::statvfs(directory_.c_str(), &figures) != 0)
    return Error{Errc::unavailable,
                 fmt::format("statvfs of '{}': {}", directory_.string(), std::strerror(errno))};
  return std::uint64_t{figures.f_bavail} * figures.f_frsize;
}

Result<void> FreeSpace::check(std::uint64_t wanted) const
{
  const Result<std::uint64_t> free = available();
  if (!free) return free.error();
  const std::uint64_t floor = floor_;
  if (*free >= wanted && *free - wanted >= floor) return {};
  return Error{
      Errc::unavailable,
      fmt::format("{} MiB are free at '{}', and [limits] free_space keeps {} MiB: free some, or lower it",
                  *free >> 20, directory_.string(), floor >> 20)};
}

} // namespace postbackd::base

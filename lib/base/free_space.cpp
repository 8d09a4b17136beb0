#include "base/free_space.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <sys/statvfs.h>

namespace postbackd::base
{
namespace
{

constexpr std::chrono::milliseconds good_for{100};

} // namespace

Result<std::uint64_t> FreeSpace::available() const
{
  struct statvfs figures {
  };
  if (::statvfs(directory_.c_str(), &figures) != 0)
    return Error{Errc::unavailable, fmt::format("cannot read how much space is free at '{}': {}",
                                                directory_.string(), std::strerror(errno))};
  return std::uint64_t{figures.f_bavail} * figures.f_frsize;
}

Result<void> FreeSpace::check(std::uint64_t wanted) const
{
  using namespace std::chrono;
  const auto now = duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
  if (wanted == 0 && now < good_until_) return {};
  const Result<std::uint64_t> free = available();
  if (!free) return free.error();
  const std::uint64_t floor = floor_;
  if (*free >= wanted && *free - wanted >= floor) {
    good_until_ = now + good_for.count();
    return {};
  }
  return Error{
      Errc::unavailable,
      fmt::format("{} MiB are free at '{}', and [limits] free_space reserves {} MiB: free some, or lower it",
                  *free >> 20, directory_.string(), floor >> 20)};
}

} // namespace postbackd::base

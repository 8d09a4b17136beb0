#pragma once

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <sys/mount.h>
#include <sys/types.h>
#include <unistd.h>

#include "support/temporary_directory.hpp"

namespace postbackd::test
{

#ifdef POSTBACKD_SANITIZED
constexpr bool sanitized = true; // memory bounds are meaningless then
#else
constexpr bool sanitized = false;
#endif

// The longest tests are of a part unless `./check all` runs them (POSTBACKD_WHOLE), without sanitizers.
inline const bool whole = [] {
  const char* const wanted = std::getenv("POSTBACKD_WHOLE");
  return !sanitized && wanted && *wanted != '\0';
}();

// What has not happened by then will not. How fast a thing must be is for its own test to say.
constexpr std::chrono::seconds patience{sanitized ? 60 : 20};

// Preconditions: the report names the tests that are skipped, and why.
inline boost::test_tools::assertion_result as_root(boost::unit_test::test_unit_id)
{
  boost::test_tools::assertion_result result(::geteuid() == 0);
  result.message() << "it needs files of another user, so only root can run it";
  return result;
}
inline boost::test_tools::assertion_result unsanitized(boost::unit_test::test_unit_id)
{
  boost::test_tools::assertion_result result(!sanitized);
  result.message() << "1.2 GB through a sanitizer shows nothing that one body does not";
  return result;
}

// Returns the number of a line of /proc/PID/status, in kilobytes; -1 if it is missing.
inline long status_of(pid_t pid, const std::string& name)
{
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name + ":")) return std::stol(line.substr(name.size() + 1));
  return -1;
}

// A small file system, if the test has the permission to mount one.
// For a test that mounts something: without the right to, it is reported as skipped.
inline boost::test_tools::assertion_result can_mount(boost::unit_test::test_unit_id)
{
  const TemporaryDirectory directory;
  const bool can = ::mount("tmpfs", directory.path().c_str(), "tmpfs", 0, "size=1m") == 0;
  if (can) ::umount2(directory.path().c_str(), MNT_DETACH);
  boost::test_tools::assertion_result result(can);
  result.message() << "no right to mount";
  return result;
}

class SmallDisk
{
public:
  explicit SmallDisk(const std::string& size)
      : mounted_(::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0)
  {
  }
  ~SmallDisk()
  {
    if (mounted_) ::umount2(directory_.path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  const TemporaryDirectory& directory() const { return directory_; }

private:
  TemporaryDirectory directory_;
  bool mounted_;
};

} // namespace postbackd::test

#include "base/directory.hpp"

#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace postbackd::base
{
namespace
{

// Of a file in this directory.
mode_t mode_in(const struct stat& directory, mode_t mode)
{
  if ((directory.st_mode & S_IWGRP) == 0) return mode;
  return mode | ((mode & S_IRGRP) != 0 ? S_IWGRP : S_IRGRP);
}

std::filesystem::path directory_of(const std::filesystem::path& file)
{
  return std::filesystem::absolute(file).parent_path();
}

} // namespace

bool sync_directory_of(const std::filesystem::path& file)
{
  const Descriptor directory(::open(directory_of(file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return directory && ::fsync(directory.get()) == 0;
}

bool give_to_owner_of_directory(const Descriptor& file, const std::filesystem::path& path, mode_t mode)
{
  struct stat directory {
  };
  return ::stat(directory_of(path).c_str(), &directory) == 0 &&
         (::geteuid() != 0 || ::fchown(file.get(), directory.st_uid, directory.st_gid) == 0) &&
         ::fchmod(file.get(), mode_in(directory, mode)) == 0;
}

void share_with_group(const std::filesystem::path& file, mode_t more)
{
  struct stat directory {
  };
  struct stat status {
  };
  if (::stat(directory_of(file).c_str(), &directory) != 0 || (directory.st_mode & S_IWGRP) == 0) return;
  // Not by its name, in whose place another program of the group may put a link. And O_PATH drops no lock.
  const Descriptor opened(::open(file.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!opened || ::fstat(opened.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_uid != ::geteuid())
    return;
  const std::string by_descriptor = "/proc/self/fd/" + std::to_string(opened.get());
  if ((status.st_mode & more) != more) ::chmod(by_descriptor.c_str(), (status.st_mode & 07777) | more);
}

} // namespace postbackd::base

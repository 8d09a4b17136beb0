#include "base/directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace postbackd::base
{
namespace
{

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
         ::fchmod(file.get(), mode) == 0;
}

} // namespace postbackd::base

#include "base/file_lock.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>

#include "base/error.hpp"

namespace postbackd::base
{
namespace
{

struct flock whole_file()
{
  struct flock lock {
  };
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

} // namespace

FileLock::FileLock(const std::filesystem::path& path)
    : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640))
{
  if (!file_)
    throw Failure(Errc::unavailable,
                  "cannot open the lock file '" + path.string() + "': " + std::strerror(errno));
}

bool FileLock::try_take()
{
  struct flock lock = whole_file();
  return ::fcntl(file_.get(), F_OFD_SETLK, &lock) == 0;
}

bool FileLock::is_taken(const std::filesystem::path& path)
{
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return false;
  struct flock lock = whole_file();
  return ::fcntl(file.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

} // namespace postbackd::base

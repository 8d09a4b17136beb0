#include "base/file_lock.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

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
    : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640))
{
  if (descriptor_ < 0)
    throw Failure(Errc::unavailable,
                  "cannot open the lock file '" + path.string() + "': " + std::strerror(errno));
}

FileLock::~FileLock() { ::close(descriptor_); }

bool FileLock::try_take()
{
  struct flock lock = whole_file();
  return ::fcntl(descriptor_, F_OFD_SETLK, &lock) == 0;
}

bool FileLock::is_taken(const std::filesystem::path& path)
{
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  struct flock lock = whole_file();
  const bool taken = ::fcntl(descriptor, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  ::close(descriptor);
  return taken;
}

} // namespace postbackd::base

#include "base/file_lock.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>

#include "base/directory.hpp"
#include "base/error.hpp"

namespace postbackd::base
{
namespace
{

constexpr mode_t mode = 0640;

struct flock whole_file()
{
  struct flock lock {
  };
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

} // namespace

// Root creates it in a directory of the daemon's user, who must not lead it to another file.
FileLock::FileLock(const std::filesystem::path& path)
{
  constexpr int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC;
  file_.reset(::open(path.c_str(), flags | O_CREAT | O_EXCL, mode));
  const bool good = file_ ? give_to_owner_of_directory(file_, path, mode) : errno == EEXIST;
  if (good && !file_) file_.reset(::open(path.c_str(), flags));
  if (!good || !file_)
    throw Failure(Errc::unavailable,
                  "cannot open the lock file '" + path.string() + "': " + std::strerror(errno));
}

bool FileLock::try_take()
{
  struct flock lock = whole_file();
  return ::fcntl(file_.get(), F_OFD_SETLK, &lock) == 0;
}

FileLock::Hold::~Hold()
{
  if (!lock_) return;
  struct flock lock = whole_file();
  lock.l_type = F_UNLCK;
  ::fcntl(lock_->file_.get(), F_OFD_SETLK, &lock);
}

bool FileLock::is_taken(const std::filesystem::path& path)
{
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return false;
  struct flock lock = whole_file();
  return ::fcntl(file.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

} // namespace postbackd::base

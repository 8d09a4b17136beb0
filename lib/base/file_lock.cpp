#include "base/file_lock.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.hpp"

namespace postbackd::base
{

FileLock::FileLock(const std::filesystem::path& path)
    : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640))
{
  if (descriptor_ < 0)
    throw Failure(Errc::unavailable, "cannot open the lock '" + path.string() + "': " + std::strerror(errno));
}

FileLock::~FileLock() { ::close(descriptor_); }

bool FileLock::try_take() { return ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0; }

} // namespace postbackd::base

#include "base/new_file.hpp"

#include <fmt/format.h>

#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.hpp"
#include "base/error.hpp"

namespace postbackd::base
{
namespace
{

constexpr std::size_t bytes_at_once = 1 << 20;

[[noreturn]] void fail(const char* what, const std::filesystem::path& path)
{
  throw Failure(Errc::unavailable,
                fmt::format("cannot {} '{}': {}", what, path.string(), std::strerror(errno)));
}

[[noreturn]] void refuse(const std::filesystem::path& path)
{
  throw Failure(Errc::unavailable, fmt::format("another program makes '{}' now", path.string()));
}

bool lock(const Descriptor& file) { return ::flock(file.get(), LOCK_EX | LOCK_NB) == 0; }

} // namespace

NewFile::NewFile(std::filesystem::path place) : place_(std::move(place)), path_(place_.string() + ".new")
{
  {
    const Descriptor left(::open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (left && !lock(left)) refuse(path_);
    ::unlink(path_.c_str());
  }
  file_.reset(::open(path_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600));
  if (!file_ && errno == EEXIST) refuse(path_);
  if (!file_) fail("create", path_);
  if (!lock(file_) || !is_in_place())
    refuse(path_); // one that began at the same moment took it for a crash's
}

NewFile::~NewFile()
{
  if (!kept_) ::unlink(path_.c_str());
}

bool NewFile::is_in_place() const
{
  struct stat ours {
  };
  struct stat found {
  };
  return ::fstat(file_.get(), &ours) == 0 && ::lstat(path_.c_str(), &found) == 0 &&
         ours.st_dev == found.st_dev && ours.st_ino == found.st_ino;
}

void NewFile::copy(const std::filesystem::path& from)
{
  const Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source) fail("read", from);
  std::string buffer(bytes_at_once, '\0');
  for (;;) {
    const ssize_t count = ::read(source.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read", from);
    if (count == 0) return;
    if (!write_all(file_, {buffer.data(), static_cast<std::size_t>(count)})) fail("write", path_);
  }
}

void NewFile::give_to_owner_of_directory(mode_t mode)
{
  if (!base::give_to_owner_of_directory(file_, path_, mode))
    fail("give to the owner of its directory", path_);
}

void NewFile::sync()
{
  if (::fsync(file_.get()) != 0) fail("sync", path_);
}

void NewFile::keep()
{
  sync();
  if (!is_in_place()) refuse(path_);
  if (::rename(path_.c_str(), place_.c_str()) != 0) fail("create", place_);
  kept_ = true;
  if (!sync_directory_of(place_)) fail("sync the directory of", place_);
}

} // namespace postbackd::base

#include "base/new_file.hpp"

#include <fmt/format.h>

#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "base/descriptor.hpp"
#include "base/error.hpp"

namespace postbackd::base
{
namespace
{

[[noreturn]] void fail(const char* what, const std::filesystem::path& path)
{
  throw Failure(Errc::unavailable,
                fmt::format("cannot {} '{}': {}", what, path.string(), std::strerror(errno)));
}

void sync(const std::filesystem::path& path)
{
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file || ::fsync(file.get()) != 0) fail("sync", path);
}

} // namespace

NewFile::NewFile(std::filesystem::path place) : place_(std::move(place)), path_(place_.string() + ".new")
{
  ::unlink(path_.c_str());
  const Descriptor file(::open(path_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
  if (!file) fail("create", path_);
}

NewFile::~NewFile()
{
  if (!kept_) ::unlink(path_.c_str());
}

void NewFile::keep()
{
  sync(path_);
  if (::rename(path_.c_str(), place_.c_str()) != 0) fail("create", place_);
  kept_ = true;
  sync(std::filesystem::absolute(place_).parent_path());
}

} // namespace postbackd::base

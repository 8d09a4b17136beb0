#include "delivery/message_file.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace postbackd::delivery
{

namespace fs = std::filesystem;

MessageFile::MessageFile(const fs::path& prefix) : path_(prefix.string() + "XXXXXX")
{
  file_.reset(::mkostemp(path_.data(), O_CLOEXEC));
  if (file_)
    ::flock(file_.get(), LOCK_EX | LOCK_NB);
  else
    path_.clear();
}

MessageFile::~MessageFile()
{
  if (!path_.empty()) ::unlink(path_.c_str());
}

std::string MessageFile::first_line() const
{
  std::array<char, 500> bytes{};
  const base::Descriptor file(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {
  };
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  const ssize_t count = ::read(file.get(), bytes.data(), bytes.size());
  const std::string_view text(bytes.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  return std::string(text.substr(0, text.find_first_of("\r\n")));
}

void MessageFile::remove_left(const fs::path& prefix)
{
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(prefix.parent_path(), ignored)) {
    if (!entry.path().filename().string().starts_with(prefix.filename().string())) continue;
    const base::Descriptor file(::open(entry.path().c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
    const bool is_left = file ? ::flock(file.get(), LOCK_EX | LOCK_NB) == 0 : errno == ELOOP;
    if (is_left) fs::remove(entry.path(), ignored);
  }
}

} // namespace postbackd::delivery

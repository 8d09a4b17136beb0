#include "sqlite/store_files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>

#include "base/error.hpp"

namespace postbackd::sqlite
{

namespace
{

// Does not ask for times, as stat() does: Linux 6.13 and later then give the file a finer time at its next
// write, and the sync of a commit must write the inode too (60 µs; docs/performance.md).
std::optional<StoreFiles::Identity> identify(const std::filesystem::path& file)
{
  struct statx status {
  };
  if (::statx(AT_FDCWD, file.c_str(), 0, STATX_INO, &status) != 0) return std::nullopt;
  return StoreFiles::Identity{status.stx_dev_major, status.stx_dev_minor, status.stx_ino};
}

} // namespace

StoreFiles::StoreFiles(const std::filesystem::path& path, const std::filesystem::path& resolved)
{
  std::vector<std::filesystem::path> paths = {resolved, resolved.string() + "-wal",
                                              resolved.string() + "-shm"};
  if (path != resolved) paths.push_back(path);
  for (const std::filesystem::path& file : paths) {
    if (const auto identity = identify(file)) files_.push_back({file, *identity});
  }
}

void StoreFiles::check() const
{
  for (const File& file : files_) {
    const auto found = identify(file.path);
    if (found && *found == file.identity) continue;
    if (!found && errno != ENOENT) continue; // it cannot be seen now: nobody knows
    throw base::Failure(
        base::Errc::fatal,
        fmt::format("'{}' was {} while postbackd used it: nothing is acknowledged any longer. "
                    "Stop postbackd before you move or restore its store",
                    file.path.string(), found ? "replaced" : "deleted or moved"));
  }
}

} // namespace postbackd::sqlite

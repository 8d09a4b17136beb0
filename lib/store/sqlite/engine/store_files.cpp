#include "store/sqlite/engine/store_files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <sys/stat.h>

#include "base/error.hpp"

namespace postbackd::store::sqlite
{

StoreFiles::StoreFiles(const std::filesystem::path& path, const std::filesystem::path& resolved)
{
  for (const std::filesystem::path& file : {path, resolved, std::filesystem::path(resolved.string() + "-wal"),
                                            std::filesystem::path(resolved.string() + "-shm")}) {
    struct stat status {
    };
    if (::stat(file.c_str(), &status) == 0) files_.push_back({file, status.st_dev, status.st_ino});
  }
}

void StoreFiles::check() const
{
  for (const File& file : files_) {
    struct stat status {
    };
    const bool found = ::stat(file.path.c_str(), &status) == 0;
    if (found && status.st_dev == file.device && status.st_ino == file.number) continue;
    if (!found && errno != ENOENT) continue; // it cannot be seen now: nobody knows
    throw base::Failure(
        base::Errc::fatal,
        fmt::format("'{}' was {} while postbackd used it: nothing is acknowledged any longer. "
                    "Stop postbackd before you move or restore its store",
                    file.path.string(), found ? "replaced" : "deleted or moved"));
  }
}

} // namespace postbackd::store::sqlite

#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace postbackd::sqlite
{

// The files of an open store. Who deletes, moves or replaces one of them leaves this process writing to a
// file that no path names: what it commits then is lost when it ends.
class StoreFiles
{
public:
  // `path` is the configured one; SQLite keeps the WAL and its index beside `resolved`, where a link leads.
  StoreFiles(const std::filesystem::path& path, const std::filesystem::path& resolved);

  // Throws base::Failure (fatal) when a path no longer names the file that was opened. Costs a statx() of
  // each.
  void check() const;

  struct Identity {
    std::uint32_t device_major, device_minor;
    std::uint64_t inode;
    bool operator==(const Identity&) const = default;
  };

private:
  struct File {
    std::filesystem::path path;
    Identity identity;
  };

  std::vector<File> files_;
};

} // namespace postbackd::sqlite

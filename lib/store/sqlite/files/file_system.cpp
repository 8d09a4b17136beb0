#include "store/sqlite/files/file_system.hpp"

#include <fmt/format.h>

#include <array>
#include <sys/vfs.h>

#include "base/error.hpp"

namespace postbackd::store::sqlite
{
namespace
{

struct FileSystem {
  std::uint64_t type; // linux/magic.h; 32 bits
  std::string_view name;
};
constexpr std::array network_file_systems{
    FileSystem{0x00006969, "NFS"},  FileSystem{0x0000517B, "SMB"},  FileSystem{0xFF534D42, "SMB (CIFS)"},
    FileSystem{0xFE534D42, "SMB2"}, FileSystem{0x01021997, "9p"},   FileSystem{0x5346414F, "AFS"},
    FileSystem{0x73757245, "Coda"}, FileSystem{0x00C36400, "Ceph"},
};

} // namespace

std::optional<std::string_view> network_file_system(std::uint64_t type)
{
  for (const FileSystem& one : network_file_systems)
    if (one.type == (type & 0xFFFFFFFF)) return one.name;
  return std::nullopt;
}

void refuse_network_file_system(const std::filesystem::path& store)
{
  const std::filesystem::path directory = std::filesystem::absolute(store).parent_path();
  struct statfs status {
  };
  if (::statfs(directory.c_str(), &status) != 0) return; // opening the file says why
  if (const auto name = network_file_system(static_cast<std::uint64_t>(status.f_type)))
    throw base::Failure(base::Errc::invalid,
                        fmt::format("'{}' is on a file system of another machine ({}), on which SQLite loses "
                                    "results in silence: put [store] path on a local disk",
                                    directory.string(), *name));
}

} // namespace postbackd::store::sqlite

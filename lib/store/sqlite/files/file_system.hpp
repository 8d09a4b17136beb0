#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace postbackd::store::sqlite
{

// Returns the name of a file system that other machines serve, from its number (statfs(2)), or nothing for
// another one. On those the WAL, whose index is shared memory, loses results in silence
// (sqlite.org/wal.html, "all processes using a database must be on the same host computer").
std::optional<std::string_view> network_file_system(std::uint64_t type);

// Throws base::Failure (invalid) if the directory of the store is on one.
void refuse_network_file_system(const std::filesystem::path& store);

} // namespace postbackd::store::sqlite

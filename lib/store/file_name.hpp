#pragma once

#include <filesystem>
#include <vector>

namespace postbackd::store
{

// Where a store is, if the configuration does not say it.
extern const char* const default_file_name;

// Returns the copies that a restore and an upgrade have left beside a store: STORE.before-restore and
// STORE.schema-N, with what belongs to them. Nothing looks into them.
std::vector<std::filesystem::path> copies_beside(const std::filesystem::path& store);

} // namespace postbackd::store

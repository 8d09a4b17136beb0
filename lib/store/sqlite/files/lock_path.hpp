#pragma once

#include <filesystem>

#include "store/leadership.hpp"

namespace postbackd::store::sqlite
{

// Returns the file whose lock the leader of this duty holds.
inline std::filesystem::path lock_path(const std::filesystem::path& store, Duty duty)
{
  const char* name = duty == Duty::deliver ? "-deliver" : duty == Duty::ask ? "-ask" : "-keep";
  return store.string() + name + ".lock";
}

} // namespace postbackd::store::sqlite

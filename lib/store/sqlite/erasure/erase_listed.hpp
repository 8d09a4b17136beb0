#pragma once

#include <filesystem>

#include "store/sqlite/erasure/erasure_list.hpp"

namespace postbackd::store::sqlite
{

// Erases in a copy, which nobody else has open, what the list of its store has; no byte of it stays. Does not
// sync it. Returns how much. Throws base::Failure.
Erased erase_listed(const std::filesystem::path& copy, const ErasureList& list, base::TimePoint now);

} // namespace postbackd::store::sqlite

#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>

#include "store/operator_store.hpp"

namespace postbackd::store::sqlite
{

// Writes a copy of the store as it is now to a new file, synced, while others write the store. Throws
// base::Failure with a readable message; then there is no new file.
void back_up(SQLite::Database& database, const std::filesystem::path& to, const SearchProgress& progress);

// As store::restore.
void restore(const std::filesystem::path& from, const std::filesystem::path& store, bool replace);

} // namespace postbackd::store::sqlite

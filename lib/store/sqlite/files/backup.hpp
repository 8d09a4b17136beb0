#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>

#include "store/archive.hpp"

namespace postbackd::store::sqlite
{

// As Archive::back_up.
void back_up(SQLite::Database& database, const std::filesystem::path& to, const SearchProgress& progress);

// As store::restore.
void restore(const std::filesystem::path& from, const std::filesystem::path& store, bool replace);

} // namespace postbackd::store::sqlite

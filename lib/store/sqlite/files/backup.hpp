#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>
#include <functional>

#include "store/archive.hpp"

namespace postbackd::store::sqlite
{

// As Archive::back_up.
void back_up(SQLite::Database& database, const std::filesystem::path& to, const SearchProgress& progress);

// As store::restore. Calls prepare() for the copy before it is in its place.
void restore(const std::filesystem::path& from, const std::filesystem::path& store, bool replace,
             const std::function<void(const std::filesystem::path& copy)>& prepare);

} // namespace postbackd::store::sqlite

#pragma once

#include <SQLiteCpp/Database.h>

#include "store/archive.hpp"

namespace postbackd::store::sqlite
{

// As Archive::verify.
void verify(
    SQLite::Database& database, const std::function<void(const std::string&)>& problem,
    const std::function<void(const std::string& what, std::int64_t done, std::int64_t total)>& progress);

} // namespace postbackd::store::sqlite

#pragma once

#include <functional>
#include <string>

#include "sql/database.hpp"

namespace postbackd::store::sqlite
{

// Finds what SQLite knows of damage, table by table with its indexes. As Archive::verify.
void check_tables(
    sql::Database& database, const std::function<void(const std::string&)>& problem,
    const std::function<void(const std::string& what, std::int64_t done, std::int64_t total)>& progress);

} // namespace postbackd::store::sqlite

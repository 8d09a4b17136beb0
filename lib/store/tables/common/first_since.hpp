#pragma once

#include <cstdint>
#include <string>

#include "sql/database.hpp"

namespace postbackd::store::tables
{

// Returns the first id of a table whose row is not before the time (`created_at`), or the one after the last:
// ids and times grow together. A search by halves.
std::int64_t first_since(sql::Database& database, const char* table, const std::string& time);

} // namespace postbackd::store::tables

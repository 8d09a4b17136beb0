#pragma once

#include "sql/database.hpp"

namespace postbackd::store::sqlite
{

// Empties the variables of the triggers of a registration (schema/sqlite/6_matching.sql): they may be of a
// person who is erased. Inside a transaction that writes.
inline void erase_registration(sql::Database& database)
{
  database.exec("UPDATE registration SET query_id = NULL, correlation = NULL, label = NULL, api = NULL, "
                "datasets = NULL, key = NULL, metadata = NULL, group_name = NULL, trace = NULL");
}

} // namespace postbackd::store::sqlite

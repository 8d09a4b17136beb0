#pragma once

#include <string>

#include "sql/database.hpp"

namespace postbackd::store::tables
{

// Notes who did what with a query (schema/*/1_queries.sql). Inside the writer's transaction, or alone.
void note_access(sql::Database& database, const std::string& who, const std::string& action,
                 const std::string& query, const std::string& at);

} // namespace postbackd::store::tables

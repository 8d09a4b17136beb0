#pragma once

#include <SQLiteCpp/Database.h>

#include <string>

namespace postbackd::store::sqlite
{

// Notes who did what with a query (schema/1_queries.sql). Inside the writer's transaction, or alone.
void note_access(SQLite::Database& database, const std::string& who, const std::string& action,
                 const std::string& query, const std::string& at);

} // namespace postbackd::store::sqlite

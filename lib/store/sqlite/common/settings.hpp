#pragma once

#include <SQLiteCpp/Database.h>

#include <string>

// The table `settings` (schema/1_queries.sql): values by name.
namespace postbackd::store::sqlite
{

std::string setting(SQLite::Database& database, const char* name);
void set_setting(SQLite::Database& database, const char* name, const std::string& value);
// Changes a row of no weight, as Checkpoints::empty needs it: SQLite commits nothing for a row that stays as
// it is.
void commit_something(SQLite::Database& database);

} // namespace postbackd::store::sqlite

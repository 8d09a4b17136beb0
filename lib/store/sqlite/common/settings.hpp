#pragma once

#include <SQLiteCpp/Database.h>

#include <string>

// The table `settings` (schema/1_queries.sql): values by name.
namespace postbackd::store::sqlite
{

std::string setting(SQLite::Database& database, const char* name);
void set_setting(SQLite::Database& database, const char* name, const std::string& value);
// Asks the daemon to empty the WAL, because something was erased. Each wish is another text: the answer to
// one is no answer to the next.
void ask_to_scrub(SQLite::Database& database, const std::string& why);
// Changes a row of no weight, so that there is a commit (Checkpoints::truncate): SQLite commits nothing for a
// row that stays as it is.
void commit_something(SQLite::Database& database);

} // namespace postbackd::store::sqlite

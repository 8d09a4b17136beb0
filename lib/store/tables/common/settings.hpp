#pragma once

#include <string>

#include "sql/database.hpp"

// The table `settings` (schema/*/1_queries.sql): values by name.
namespace postbackd::store::tables
{

std::string setting(sql::Database& database, const char* name); // empty if there is none
void set_setting(sql::Database& database, const char* name, const std::string& value); // one that is there
void put_setting(sql::Database& database, const char* name, const std::string& value);
// Asks the daemon to empty the WAL, because something was erased. Each wish is another text: the answer to
// one is no answer to the next.
void ask_to_scrub(sql::Database& database, const std::string& why);
// Changes a row of no weight, so that there is a commit: a row that stays as it is commits nothing.
void commit_something(sql::Database& database);

} // namespace postbackd::store::tables

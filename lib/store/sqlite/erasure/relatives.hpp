#pragma once

#include <SQLiteCpp/Database.h>

#include "store/sqlite/erasure/found_to_erase.hpp"

namespace postbackd::store::sqlite
{

// Returns the postbacks of a query whose bodies are still there.
FoundToErase::Numbers postbacks_of(SQLite::Database& database, std::int64_t query);

// Adds what goes with the queries that were found: those that share their results or wait for them (of the
// client, if only its own may go), and their objects. Counts their postbacks.
void add_relatives(SQLite::Database& database, FoundToErase& found);

} // namespace postbackd::store::sqlite

#pragma once

#include "sql/database.hpp"
#include "store/tables/erasure/found_to_erase.hpp"

namespace postbackd::store::tables
{

// Returns the postbacks of a query whose bodies are still there.
FoundToErase::Numbers postbacks_of(sql::Database& database, std::int64_t query);

// Adds what goes with the queries that were found: those that share their results or wait for them (of the
// client, if only its own may go), and their objects. Counts their postbacks.
void add_relatives(sql::Database& database, FoundToErase& found);

} // namespace postbackd::store::tables

#pragma once

#include <SQLiteCpp/Database.h>

#include "store/submission_store.hpp"

namespace postbackd::store::sqlite
{

// Registers a query; one that is known stays as it is. Must run inside the caller's transaction, on any
// connection. Returns the id that names it, and as `is_different` whether its key, or its QueryId, belongs to
// another query of this client, or of another one.
Enqueued register_query(SQLite::Database& database, const model::Query& query, base::TimePoint now);

} // namespace postbackd::store::sqlite

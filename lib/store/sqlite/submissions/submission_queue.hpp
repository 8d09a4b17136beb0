#pragma once

#include <SQLiteCpp/Database.h>

#include "store/submission_store.hpp"

// Enqueues submissions on any connection: the daemon's, or a tool's. Blocking.
namespace postbackd::store::sqlite
{

// Must run inside the caller's transaction, on any connection.
std::vector<Enqueued> enqueue(SQLite::Database& database, const std::vector<model::Submission>& submissions,
                              const std::string& route, base::TimePoint now);

} // namespace postbackd::store::sqlite

#pragma once

#include <SQLiteCpp/Database.h>

#include "store/question_store.hpp"

// Questions on any connection: the daemon's, or a tool's on the file itself. Blocking.
namespace postbackd::store::sqlite
{

// Inside a transaction of the caller's, on any connection.
std::vector<Queued> enqueue(SQLite::Database& database, const std::vector<model::Question>& questions,
                            const std::string& route, base::TimePoint now);

// By a correlation or by a QueryId.
std::optional<QueryState> find_query_state(SQLite::Database& database, const std::string& id);

} // namespace postbackd::store::sqlite

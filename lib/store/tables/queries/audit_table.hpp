#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sql/database.hpp"
#include "store/watch_store.hpp"

namespace postbackd::store::tables
{

// Notes who did what with a query (schema/*/1_queries.sql). Inside the writer's transaction, or alone.
void note_access(sql::Database& database, const std::string& who, const std::string& action,
                 const std::string& query, const std::string& at);
// WatchStore::accesses.
std::vector<AccessRecord> list_accesses(sql::Database& database, std::int64_t before, std::size_t most);

} // namespace postbackd::store::tables

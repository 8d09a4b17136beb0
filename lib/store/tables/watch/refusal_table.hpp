#pragma once

#include <vector>

#include "sql/database.hpp"
#include "store/watch_store.hpp"

namespace postbackd::store::tables
{

// WatchStore::add_refusals, inside the writer's transaction.
void add_refusals(sql::Database& database, const std::vector<RefusalCount>& refusals);

} // namespace postbackd::store::tables

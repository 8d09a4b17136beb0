#pragma once

#include <SQLiteCpp/Database.h>

#include <vector>

#include "store/watch_store.hpp"

namespace postbackd::store::sqlite
{

// WatchStore::add_refusals, inside the writer's transaction.
void add_refusals(SQLite::Database& database, const std::vector<RefusalCount>& refusals);

} // namespace postbackd::store::sqlite

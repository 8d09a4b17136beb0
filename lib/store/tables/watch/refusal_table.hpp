#pragma once

#include <string>
#include <vector>

#include "sql/database.hpp"
#include "store/watch_store.hpp"

namespace postbackd::store::tables
{

// WatchStore::add_refusals, inside the writer's transaction.
void add_refusals(sql::Database& database, const std::vector<RefusalCount>& refusals);
// Returns up to `most` of these days, the most first.
std::vector<RefusalCount> sum_refusals(sql::Database& database, const std::string& first_day,
                                       const std::string& last_day, std::size_t most);

} // namespace postbackd::store::tables

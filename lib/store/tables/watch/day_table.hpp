#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sql/database.hpp"
#include "store/watch_store.hpp"

// The counters of each day, by the columns of v_stats.
namespace postbackd::store::tables
{

// Returns their sums over these days.
std::map<std::string, std::int64_t> sum_days(sql::Database& database, const std::string& first_day,
                                             const std::string& last_day);
// WatchStore::days.
std::vector<DayCounts> list_days(sql::Database& database, const std::string& since_day);

} // namespace postbackd::store::tables

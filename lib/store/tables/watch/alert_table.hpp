#pragma once

#include <cstdint>
#include <vector>

#include "sql/database.hpp"
#include "store/watch_store.hpp"

namespace postbackd::store::tables
{

// The alerts that have begun and not ended, the critical ones first.
std::vector<OpenAlert> open_alerts(sql::Database& database);

// WatchStore::alerts.
std::vector<AlertRecord> list_alerts(sql::Database& database, std::int64_t before, std::size_t most);

// Returns whether set_alerts() would change something. Pure.
bool differ(const std::vector<OpenAlert>& open, const std::string& source, const std::vector<Alert>& seen);
// WatchStore::set_alerts, inside the writer's transaction.
void set_alerts(sql::Database& database, const std::string& source, const std::vector<Alert>& seen,
                base::TimePoint now);

} // namespace postbackd::store::tables

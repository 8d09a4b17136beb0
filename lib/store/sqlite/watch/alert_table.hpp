#pragma once

#include <SQLiteCpp/Database.h>

#include <vector>

#include "store/watch_store.hpp"

namespace postbackd::store::sqlite
{

// The alerts that have begun and not ended, the critical ones first.
std::vector<OpenAlert> open_alerts(SQLite::Database& database);

// Returns whether set_alerts() would change something. Pure.
bool differ(const std::vector<OpenAlert>& open, const std::string& source, const std::vector<Alert>& seen);
// WatchStore::set_alerts, inside the writer's transaction.
void set_alerts(SQLite::Database& database, const std::string& source, const std::vector<Alert>& seen,
                base::TimePoint now);

} // namespace postbackd::store::sqlite

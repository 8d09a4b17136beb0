#pragma once

#include <SQLiteCpp/Database.h>

#include <functional>

#include "store/operator_store.hpp"

// The queries that an operator lists and closes (operator_store.hpp has the contracts).
namespace postbackd::store::sqlite
{

void list_queries(SQLite::Database& database, const QueryFilter& filter, std::size_t most,
                  base::TimePoint now, const std::function<bool(const QueryRecord&)>& take);

std::vector<std::int64_t> find_closable_rows(SQLite::Database& database, const QueriesToClose& which);
std::int64_t count_closable(SQLite::Database& database, const QueriesToClose& which);
std::int64_t close_queries(SQLite::Database& database, const QueriesToClose& which, const std::string& reason,
                           std::size_t most, base::TimePoint now);

} // namespace postbackd::store::sqlite

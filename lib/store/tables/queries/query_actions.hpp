#pragma once

#include <functional>

#include "sql/database.hpp"
#include "store/operator_store.hpp"

// The queries that an operator lists and closes (operator_store.hpp has the contracts).
namespace postbackd::store::tables
{

void list_queries(sql::Database& database, const QueryFilter& filter, std::size_t most, base::TimePoint now,
                  const std::function<bool(const QueryRecord&)>& take);

std::vector<std::int64_t> find_closable_rows(sql::Database& database, const QueriesToClose& which);
std::int64_t count_closable(sql::Database& database, const QueriesToClose& which);
std::int64_t close_queries(sql::Database& database, const QueriesToClose& which, const std::string& reason,
                           std::size_t most, base::TimePoint now);

} // namespace postbackd::store::tables

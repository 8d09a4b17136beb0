#pragma once

#include "sql/database.hpp"
#include "store/query_store.hpp"

namespace postbackd::store::tables
{

// As QueryStore::list, whoever may see them.
std::vector<QueryRecord> select_queries(sql::Database& database, const QuerySelection& selection,
                                        std::size_t most);

} // namespace postbackd::store::tables

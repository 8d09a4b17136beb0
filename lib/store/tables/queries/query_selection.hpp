#pragma once

#include "sql/database.hpp"
#include "store/query_store.hpp"

namespace postbackd::store::tables
{

// The statement of select_queries: each filter but `answered`, which most are, and the times finds its rows
// by an index.
std::string selection_sql(const QuerySelection& selection);

// As QueryStore::list, whoever may see them.
std::vector<QueryRecord> select_queries(sql::Database& database, const QuerySelection& selection,
                                        std::size_t most);

} // namespace postbackd::store::tables

#pragma once

#include <SQLiteCpp/Database.h>

#include "store/query_store.hpp"

namespace postbackd::store::sqlite
{

// As QueryStore::list, whoever may see them.
std::vector<QueryRecord> select_queries(SQLite::Database& database, const QuerySelection& selection,
                                        std::size_t most);

} // namespace postbackd::store::sqlite

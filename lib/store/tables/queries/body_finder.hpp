#pragma once

#include "sql/database.hpp"
#include "store/query_store.hpp"

// The bodies of postbacks, as QueryStore::body, small_results and piece.
namespace postbackd::store::tables
{

QueryStore::StoredBody find_body(sql::Database& database, model::Receipt receipt, bool as_it_came);
std::vector<std::optional<std::string>> find_small_results(sql::Database& database,
                                                           const std::vector<model::Receipt>& receipts,
                                                           std::size_t largest, std::size_t enough);
std::string find_piece(sql::Database& database, std::int64_t pieces, std::int64_t part);

} // namespace postbackd::store::tables

#pragma once

#include "sql/database.hpp"
#include "store/query_store.hpp"

// Groups whose queries are entered in parts (QueryStore::enter). Inside the writer's transaction.
namespace postbackd::store::tables
{

// The groups of these do not end within the next minute.
void fill_groups(sql::Database& database, const std::vector<QueryStore::Order>& orders, base::TimePoint now);
void end_filling(sql::Database& database, const std::string& client, const std::set<std::string>& groups);

} // namespace postbackd::store::tables

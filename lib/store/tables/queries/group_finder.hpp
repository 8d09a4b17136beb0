#pragma once

#include "sql/database.hpp"
#include "store/query_store.hpp"

// Groups, as query_store.hpp has them.
namespace postbackd::store::tables
{

std::vector<GroupRecord> find_groups(sql::Database& database, const Viewer& viewer, std::int64_t before,
                                     std::size_t most);
std::optional<GroupRecord> find_group(sql::Database& database, const Viewer& viewer,
                                      const std::string& client, const std::string& name);

} // namespace postbackd::store::tables

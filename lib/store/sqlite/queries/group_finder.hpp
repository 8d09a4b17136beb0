#pragma once

#include <SQLiteCpp/Database.h>

#include "store/query_store.hpp"

// Groups, as query_store.hpp has them.
namespace postbackd::store::sqlite
{

std::vector<GroupRecord> find_groups(SQLite::Database& database, const Viewer& viewer, std::int64_t before,
                                     std::size_t most);
std::optional<GroupRecord> find_group(SQLite::Database& database, const Viewer& viewer,
                                      const std::string& client, const std::string& name);

} // namespace postbackd::store::sqlite

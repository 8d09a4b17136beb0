#pragma once

#include <SQLiteCpp/Database.h>

#include "store/query_store.hpp"

// Groups and usage, as query_store.hpp has them.
namespace postbackd::store::sqlite
{

std::vector<GroupRecord> find_groups(SQLite::Database& database, const Viewer& viewer, std::int64_t before,
                                     std::size_t most);
std::optional<GroupRecord> find_group(SQLite::Database& database, const Viewer& viewer,
                                      const std::string& client, const std::string& name);
// A client that sees all is given the usage of all.
std::vector<UsageRecord> find_usage(SQLite::Database& database, const Viewer& viewer,
                                    const UsageFilter& filter);

} // namespace postbackd::store::sqlite

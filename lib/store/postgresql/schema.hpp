#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "postgresql/database.hpp"

namespace postbackd::store::postgresql
{

// settings.version of a store that this program reads and writes.
constexpr int schema_version = 1;
// The schema of the database in which a store's tables are.
constexpr auto schema_name = "postbackd";

// schema/postgresql/[1-9]_*.sql in order, embedded at build time.
const std::vector<std::string_view>& schema_files();

// Returns all that makes a store in an empty database: the schema, the tables, the roles and their rights.
std::string schema_sql();

// Returns whether there is a store in the database of this connection. Throws base::Failure (invalid) if it
// is of a newer postbackd.
bool has_store(sql::Database& database);
// A step from one version of the schema to the next.
struct Migration {
  int to;
  std::string sql;
};
const std::vector<Migration>& migrations();

// Makes the store unless another process has, or brings an older one to this version; under a lock. While
// receivers use an older one it stays as it is. Throws base::Failure.
void make_store(sql::Database& database, const std::vector<Migration>& steps = migrations());

} // namespace postbackd::store::postgresql

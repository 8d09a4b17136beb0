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
// Makes the store unless another process has, under a lock. Throws base::Failure.
void make_store(sql::Database& database);

} // namespace postbackd::store::postgresql

#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>
#include <vector>

namespace postbackd::store::sqlite
{

// A step from one version of the schema to the next one, which is `to`.
struct Migration {
  int to;
  const char* sql;
};

// The steps since the first release; each is there for ever.
const std::vector<Migration>& migrations();

// Brings a store of an older version to the newest of these steps, in one transaction: first copies it to
// `PATH.schema-VERSION`, then says in the log what it does. Does nothing with a store of that version. Throws
// base::Failure with a readable message; then the store is as it was.
void migrate(SQLite::Database& database, const std::filesystem::path& path,
             const std::vector<Migration>& steps);

} // namespace postbackd::store::sqlite

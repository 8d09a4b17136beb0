#pragma once

#include <SQLiteCpp/Database.h>

#include "store/operator_store.hpp"

namespace postbackd::store::sqlite
{

// All that is known of the query with this correlation or QueryId. Its cost grows with the days that have
// rows, not with the rows.
Story read_story(SQLite::Database& database, const std::string& id);

} // namespace postbackd::store::sqlite

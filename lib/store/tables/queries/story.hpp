#pragma once

#include <string>

#include "sql/database.hpp"
#include "store/story.hpp"

namespace postbackd::store::tables
{

// Returns all that is known of the query with this correlation or QueryId. Its cost grows with the number of
// days that have rows, not with the number of rows.
Story read_story(sql::Database& database, const std::string& id);

} // namespace postbackd::store::tables

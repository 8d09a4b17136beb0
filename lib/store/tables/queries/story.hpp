#pragma once

#include <cstdint>
#include <string>

#include "sql/database.hpp"
#include "store/story.hpp"

namespace postbackd::store::tables
{

// How much of it: the newest of the postbacks; and whether also what is no client's: postbacks that name it
// and answer nothing of it, and deliveries.
struct StoryScope {
  std::int64_t most_postbacks = INT64_MAX;
  bool is_whole = true;
};

// Returns what is known of the query with this correlation or QueryId. Its cost grows with the number of days
// that have rows, not with the number of rows.
Story read_story(sql::Database& database, const std::string& id, const StoryScope& scope = {});

} // namespace postbackd::store::tables

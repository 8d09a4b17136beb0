#pragma once

#include <iosfwd>
#include <string>

#include "store/sqlite/query_table.hpp"

namespace postbackd
{

// The whole story of a query, for people: registered, received, verdicts, commit times.
void print_story(std::ostream& out, const store::sqlite::Rows& query, const store::sqlite::Rows& postbacks);

// The same as one JSON object: `{"query":{…}|null,"postbacks":[…]}`.
void print_story_json(std::ostream& out, const store::sqlite::Rows& query,
                      const store::sqlite::Rows& postbacks);

// Rows as aligned columns, or as one JSON array: printed as they come, never all in memory.
void print_list(std::ostream& out, SQLite::Database& database, store::sqlite::Listing listing, bool json);

// A table, or a JSON array of objects.
void print_rows(std::ostream& out, const store::sqlite::Rows& rows, bool json);

} // namespace postbackd

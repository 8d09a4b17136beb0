#pragma once

#include <SQLiteCpp/Database.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/query.hpp"

// What postbackctl does on the file itself. Blocking.
namespace postbackd::store::sqlite
{

// Registers the query; false when its QueryId or correlation was known already, which changes nothing.
bool register_query(SQLite::Database& database, const model::Query& query);

// A row of a view as text, in the order of its columns; NULL is nothing.
using Row = std::vector<std::optional<std::string>>;
struct Rows {
  std::vector<std::string> columns;
  std::vector<Row> rows;
};

// The public views, as docs/schema.md describes them.
Rows find_query(SQLite::Database& database, const std::string& query_id);
Rows find_postbacks(SQLite::Database& database, const std::string& query_id);

enum class Listing { all, pending, overdue, unmatched };

// Calls `row` for each, newest first; stops when it returns false. Gives the columns' names first.
void list(SQLite::Database& database, Listing listing,
          const std::function<void(const std::vector<std::string>&)>& header,
          const std::function<bool(const Row&)>& row);

} // namespace postbackd::store::sqlite

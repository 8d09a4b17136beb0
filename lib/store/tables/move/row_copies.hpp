#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sql/statement.hpp"
#include "store/tables/move/move_end.hpp"

namespace postbackd::store::tables
{

// The values of a row in the order of MovedTable::columns, numbers in decimal digits; or of its key alone.
using Row = std::vector<std::optional<std::string>>;

// Whether two stores have the same row. A time may be written in another way, and a text that is not UTF-8
// cannot be the same everywhere.
bool is_same(const Row& one, const Row& other, const MovedTable& table);

// Reads and writes whole rows of a table in one store. A key is a text as in MoveEnd; empty: before the
// first.
class RowCopies
{
public:
  RowCopies(sql::Database& database, const MovedTable& table);

  // Up to `most` rows after a key and not after another one, in the order of their keys, which is the same in
  // each store.
  std::vector<Row> between(const std::string& key, const std::string& last, int most);
  std::string last_key(); // empty: there is no row
  std::optional<Row> find(const std::string& key);
  // Leaves a row that is there.
  void insert(const Row& row);
  void remove(const std::string& key);

  std::string key_of(const Row& row) const;

private:
  void bind(sql::Statement& statement, std::size_t first, const Row& values);
  Row parts_of(const std::string& key) const;
  std::vector<Row> rows_of(sql::Statement& statement) const;

  sql::Database& database_;
  const MovedTable& table_;
  sql::Statement find_;
  sql::Statement insert_;
  sql::Statement remove_;
};

} // namespace postbackd::store::tables

#pragma once

#include "store/tables/move/move_end.hpp"

namespace postbackd::store::tables
{

// A transaction that reads a store as of one moment.
class Snapshot
{
public:
  explicit Snapshot(MoveEnd& end) : database_(end.database()) { database_.exec(end.begin_to_read_sql()); }
  ~Snapshot() { database_.roll_back(); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

private:
  sql::Database& database_;
};

// A row of these may have 1 MiB.
inline int rows_at_once(const MovedTable& table)
{
  return table.name == "bodies" || table.name == "pieces" ? 16 : 1'000;
}

} // namespace postbackd::store::tables

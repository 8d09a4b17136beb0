#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sql/statement.hpp"

namespace postbackd::store::tables
{

// Remembers the rows of the queries registered last, by whatever program. A postback that asks here first
// need not search the index of all QueryIds, where each search of a long history meets pages that are in no
// cache. A hint, no more: the row itself says whether it has the QueryId, and who finds none here asks the
// index. Used inside the writer's transaction.
class RecentQueries
{
public:
  explicit RecentQueries(sql::Database& database);

  // Reads what has been registered since; in parts, so that no group waits for another program's thousands.
  void begin_group();

  // Returns a queries.id that may have this QueryId.
  std::optional<std::int64_t> find(const std::string& query_id) const;

private:
  const bool is_used_; // a server has its index in its own memory
  std::vector<std::int64_t>
      rows_;              // by the hash of the QueryId; 0: none; a newer query takes an older one's place
  std::int64_t last_ = 0; // the last row that was read
  sql::Statement next_;
};

} // namespace postbackd::store::tables

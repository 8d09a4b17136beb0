#pragma once

#include <string>
#include <vector>

namespace postbackd::postgresql
{

// A statement of the store in PostgreSQL's words.
struct Translated {
  std::string sql;
  std::vector<int> places; // of the value `?N` of the original: N - 1 → `$place`; 0: it is not there
};

// Translates: `?1` is `$1`, without gaps, `x''` an empty bytea; what only SQLite's planner reads (INDEXED BY,
// CROSS JOIN) is left out. Texts in quotes stay as they are. Pure.
Translated translate(const std::string& sql);

} // namespace postbackd::postgresql

#pragma once

#include <string>
#include <vector>

#include "store/old_kind.hpp"

namespace postbackd::store::tables
{

// Rows of a table in the order of their ids, which grow with time; but a clock that was wrong for a while has
// given some a wrong one. The newest row stays: its number must not be used again.
struct OldRows {
  std::string table; // with its alias
  std::string id;
  std::string time;
  std::string may_go; // a condition
  // ?1 is the list of ids (list_of), ?2 the time of the deletion. With IN, not a join: the planner knows
  // nothing of the list's size, and might scan the big table first.
  std::vector<std::string> deletes;

  // Returns rows after ?1: id, whether it is older than ?2, whether it may go.
  std::string next_sql() const;
  // Returns, of the rows after ?1, the last that it has looked at, and the first that is older than ?2.
  std::string look_sql() const;
};

const OldRows& old_rows(OldKind kind);

} // namespace postbackd::store::tables

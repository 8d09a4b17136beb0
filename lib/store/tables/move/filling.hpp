#pragma once

#include <string>
#include <vector>

#include "store/tables/move/move_end.hpp"

namespace postbackd::store::tables
{

// What a move has left in a store's settings. In the words of both.
struct MoveMarks {
  std::string source;    // the store whose rows fill this one: it is none yet
  std::string moving_to; // where this one's rows are being copied: what changes is noted
  std::string moved_to;  // where they are now
};
MoveMarks move_marks(sql::Database& database);
// Returns the id of a store. Throws base::Failure if it is not filled yet, or its rows are elsewhere.
std::string id_of_store(sql::Database& database);

// Throws base::Failure (fatal) if its rows are elsewhere: for a process that has it open.
void refuse_moved(sql::Database& database);

// Makes an empty store ready for the rows of another one; with `goes_on`, it may be so already. Throws
// base::Failure if it is not empty.
void begin_filling(MoveEnd& target, const std::vector<MovedTable>& tables, const std::string& source,
                   bool goes_on);
// Makes a store of what is filled, once its source says that it has moved.
void end_filling(MoveEnd& target, const std::vector<MovedTable>& tables);

} // namespace postbackd::store::tables

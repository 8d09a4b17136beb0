#pragma once

#include <string>
#include <vector>

#include "store/tables/move/move_end.hpp"

namespace postbackd::store::tables
{

// What a move has left in a store's settings. In the words of both.
struct MoveMarks {
  std::string source;   // the store whose rows fill this one: it is none yet
  std::string moved_to; // where this one's rows are now
};
MoveMarks move_marks(sql::Database& database);
// Returns the id of a store. Throws base::Failure if it is not filled yet, or its rows are elsewhere.
std::string id_of_store(sql::Database& database);

void note_moved(sql::Database& source, const std::string& place);

// Makes an empty store ready for the rows of another one. Throws base::Failure if it is not empty.
void begin_filling(MoveEnd& target, const std::vector<MovedTable>& tables, const std::string& source);
// Makes a store of what is filled, once its source says that it has moved.
void end_filling(MoveEnd& target, const std::vector<MovedTable>& tables);

} // namespace postbackd::store::tables

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sql/database.hpp"

namespace postbackd::store::tables
{

// A table that both engines have, by the same names.
struct MovedTable {
  enum class Kind { number, text, bytes };
  struct Column {
    std::string name;
    Kind kind;
  };

  std::string name;
  std::vector<Column> columns; // that are stored; those of the primary key first, in their order
  std::size_t keys = 1;
};

// One end of a move: the store that rows leave, or the one that they reach. What the engines have no words in
// common for.
//
// Two tables stand in a store for the time of a move: `moving` (number, tab, key) in the one that rows leave
// has each row that has changed since the move began; `moving_progress` (tab, key, done) in the other has how
// far each table is copied. A key is its values in hexadecimal digits, with dots between them.
class MoveEnd
{
public:
  virtual ~MoveEnd() = default;

  virtual sql::Database& database() = 0;

  // Takes the store for this move, until the end of this object. Throws base::Failure (unavailable) if
  // another move has it.
  virtual void take() = 0;
  // Whether a receiver uses the store now.
  virtual bool is_in_use() = 0;
  // That a transaction waits only for a moment for what others hold: whoever holds it may wait for our turn.
  virtual const char* be_brief_sql() const = 0;
  // That a transaction reads all its rows as of one moment.
  virtual const char* begin_to_read_sql() const = 0;
  virtual const char* log_sql() const = 0; // makes `moving`
  virtual std::string watch_sql(const MovedTable& table) const = 0;
  virtual std::string stop_watching_sql(const MovedTable& table) const = 0;
  // Removes `moving`, once nothing can change any more; or for good.
  virtual std::string end_watching_sql(const std::vector<MovedTable>& tables) const = 0;
  // From now on each change of the table fails with the message (base::Errc::fatal).
  virtual std::string guard_sql(const MovedTable& table, const std::string& message) const = 0;

  // Rows that are copied are matched already: nothing that a change sets off happens, until it works again.
  virtual void stop_triggers(const std::vector<MovedTable>& tables) = 0;
  virtual void start_triggers(const std::vector<MovedTable>& tables) = 0;
  // Called after each commit of copied rows.
  virtual void after_commit() {}
  // Lets numbers go on after those that were copied, and the planner know how many rows there are.
  virtual void continue_numbers(const std::vector<MovedTable>&) {}
  virtual void learn_sizes(const std::vector<MovedTable>&) {}
};

} // namespace postbackd::store::tables

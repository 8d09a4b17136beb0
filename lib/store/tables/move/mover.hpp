#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "store/move.hpp"
#include "store/tables/move/row_copies.hpp"

namespace postbackd::store::tables
{

// Moves all rows of a store into an empty one while the first is used. What changes meanwhile is noted by
// triggers in the first, and copied again; the last of it while nothing can change. It may be killed at any
// moment, and goes on when it is called again.
class Mover
{
public:
  Mover(MoveEnd& source, MoveEnd& target, std::vector<MovedTable> tables, const MoveProgress& progress);

  // Both take how others shall find the target, and throw base::Failure; the source goes on then.
  // First: from now on the source notes what changes.
  void watch(const std::string& place);
  // Then, into a target that begin_filling() has made ready.
  Moved run(const std::string& place);

private:
  struct Change {
    std::int64_t number;
    const MovedTable* table;
    std::string key;
  };

  template<class Work>
  void briefly(Work work);
  void copy(const MovedTable& table);
  void compare(const MovedTable& table);
  // Throws if one of these rows is noted nowhere as changed.
  void refuse_different(const MovedTable& table, std::set<std::string> keys);
  static constexpr std::size_t all_changes = INT64_MAX;
  // Copies what has changed, as it is in this transaction of the source: up to `most` changes, the first
  // ones. Returns them.
  std::vector<Change> copy_changes(std::size_t most);
  std::vector<Change> changes(std::size_t most);
  void forget(const std::vector<Change>& changes);
  std::size_t drain();
  std::size_t drain_some();
  bool catch_up();
  void compare(const std::vector<Change>& changes);
  void switch_over(const std::string& place);
  bool is_moved(const MovedTable& table, const std::string& key) const;
  RowCopies& from(const MovedTable& table) { return *from_.at(table.name); }
  RowCopies& to(const MovedTable& table) { return *to_.at(table.name); }

  MoveEnd& source_;
  MoveEnd& target_;
  std::vector<MovedTable> tables_;
  MoveProgress progress_;
  std::map<std::string, std::unique_ptr<RowCopies>> from_;
  std::map<std::string, std::unique_ptr<RowCopies>> to_;
  Moved moved_;
};

} // namespace postbackd::store::tables

#pragma once

#include <SQLiteCpp/Database.h>

#include <functional>

#include "store/sqlite/erasure/erasure_list.hpp"

namespace postbackd::store::sqlite
{

// Erases what was found, in transactions of a few milliseconds with pauses, so that nobody who writes waits
// long: neither for many rows nor for a body of 100 MB. First the queries, so that nothing of them is kept or
// handed over any more, after the objects that are found by them; then their bodies and texts; at last the
// row in `erasures`. An interrupted erasure is completed by the next one that finds the same. What is erased
// is in the list before. Blocking.
class Eraser
{
public:
  // Calls its argument inside one transaction that writes; maybe again, if that was rolled back.
  using Write = std::function<void(const std::function<void(SQLite::Database&)>&)>;

  // `reader` may be the connection that writes. Without a list nothing is noted there.
  Eraser(SQLite::Database& reader, Write write, std::optional<ErasureList> list)
      : reader_(reader), write_(std::move(write)), list_(std::move(list))
  {
  }

  // `reason` is a word of the table `erasures`; `who` is for people.
  void erase(const FoundToErase& found, const std::string& reason, const std::string& who,
             base::TimePoint now);

  // Pieces of large bodies that an erasure, maybe an interrupted one, has taken out of their rows.
  static bool has_pieces(SQLite::Database& reader);
  // Deletes some of them, in one transaction. Returns whether there are more.
  static bool erase_some_pieces(const Write& write);

private:
  void note(const FoundToErase& found, base::TimePoint now) const;
  void erase_pieces();
  // What has the person's number elsewhere.
  void erase_texts(const FoundToErase& found);

  SQLite::Database& reader_;
  Write write_;
  std::optional<ErasureList> list_;
};

} // namespace postbackd::store::sqlite

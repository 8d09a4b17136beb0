#pragma once

#include <SQLiteCpp/Database.h>

#include <functional>

#include "store/sqlite/erasure/found_to_erase.hpp"

namespace postbackd::store::sqlite
{

// Erases what was found, in transactions of a few milliseconds with pauses, so that nobody who writes waits
// long: neither for many rows nor for a body of 100 MB. First the queries, so that nothing of them is kept or
// handed over any more, after the objects that are found by them; then their bodies and texts; at last the
// row in `erasures`. An interrupted erasure is completed by the next one that finds the same. Blocking.
class Eraser
{
public:
  // Calls its argument inside one transaction that writes; maybe again, if that was rolled back.
  using Write = std::function<void(const std::function<void(SQLite::Database&)>&)>;

  // `reader` may be the connection that writes.
  Eraser(SQLite::Database& reader, Write write) : reader_(reader), write_(std::move(write)) {}

  void erase(const FoundToErase& found, bool by_document, base::TimePoint now);

  // Pieces of large bodies that an erasure, maybe an interrupted one, has taken out of their rows.
  static bool has_pieces(SQLite::Database& reader);
  // Deletes some of them, in one transaction. Returns whether there are more.
  static bool erase_some_pieces(const Write& write);

private:
  void erase_pieces();

  SQLite::Database& reader_;
  Write write_;
};

} // namespace postbackd::store::sqlite

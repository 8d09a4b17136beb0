#pragma once

#include <functional>

#include "base/clock.hpp"
#include "sql/database.hpp"
#include "store/tables/erasure/found_to_erase.hpp"

namespace postbackd::store::tables
{

// Erases what was found, in transactions of a few milliseconds with pauses, so that nobody who writes waits
// long: neither for many rows nor for a body of 100 MB. First the queries, so that nothing of them is kept or
// handed over any more, after the objects that are found by them; then their bodies and texts; at last the
// row in `erasures`. An interrupted erasure is completed by the next one that finds the same. What is erased
// is noted before. Blocking.
class Eraser
{
public:
  // Calls its argument inside one transaction that writes; maybe again, if that was rolled back.
  using Write = std::function<void(const std::function<void(sql::Database&)>&)>;

  struct Hooks {
    Write write;
    // As Engine::note_erasure and Engine::forget_registration; absent: there is nothing to do.
    std::function<void(sql::Database&, const FoundToErase&, base::TimePoint now)> note{};
    std::function<void(sql::Database&)> forget_registration{};
  };

  // `reader` may be the connection that writes.
  Eraser(sql::Database& reader, Hooks hooks) : reader_(reader), hooks_(std::move(hooks)) {}

  // `reason` is a word of the table `erasures`; `who` is for people.
  void erase(const FoundToErase& found, const std::string& reason, const std::string& who,
             base::TimePoint now);

  // Pieces of large bodies that an erasure, maybe an interrupted one, has taken out of their rows.
  static bool has_pieces(sql::Database& reader);
  // Deletes some of them, in one transaction. Returns whether there are more.
  static bool erase_some_pieces(const Write& write);

private:
  void note(const FoundToErase& found, base::TimePoint now) const;
  void erase_pieces();
  // What has the person's number elsewhere.
  void erase_texts(const FoundToErase& found);

  sql::Database& reader_;
  Hooks hooks_;
};

} // namespace postbackd::store::tables

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/data_subject.hpp"
#include "model/postback.hpp"

namespace postbackd::store
{

// A part of a long search, for people.
using SearchProgress = std::function<void(std::int64_t done, std::int64_t total)>;

// What an erasure is about: one of the three.
struct ToErase {
  std::optional<model::DataSubject> subject = {};
  std::optional<std::string> query = {};      // its correlation or QueryId
  std::optional<model::Receipt> receipt = {}; // of a postback
};
struct Erased {
  std::int64_t queries = 0;
  std::int64_t postbacks = 0; // of those queries, and of none
  std::int64_t objects = 0;   // of the Fanbase queue
  std::int64_t app_events = 0;
  bool is_nothing() const { return queries + postbacks + objects + app_events == 0; }

  std::vector<std::int64_t>
      opaque{}; // receipts of others that may be of the person: nobody can look into them
};

// What postbackctl does with a store as a whole. Blocking; one thread. Throws base::Failure with a readable
// message.
class Archive
{
public:
  virtual ~Archive() = default;

  virtual std::string id() = 0; // Store::id()

  // Writes a copy of the store as it is now into an empty file, while others write the store. Does not sync
  // it.
  virtual void back_up(const std::filesystem::path& to, const SearchProgress& progress) = 0;
  // Notes when the newest backup was made. Without `due`, the next one is due as before, counted from now, if
  // ever.
  virtual void note_backup(base::TimePoint made, std::optional<base::TimePoint> due) = 0;
  // Notes that somebody has put a copy in the place of this store by other means, as restore() does with a
  // file. While no process uses it.
  virtual void mark_restored(base::TimePoint now) = 0;
  // Checks tables, what belongs together, and each body against its digest; says each problem in a sentence.
  virtual void verify(const std::function<void(const std::string& problem)>& say,
                      const std::function<void(const std::string& what, std::int64_t done,
                                               std::int64_t total)>& progress) = 0;
  // Calls `take` for each postback since a time, in their order, with the values of `exported`; until it
  // returns false.
  static const std::vector<const char*> exported;
  virtual void
  export_postbacks(base::TimePoint since,
                   const std::function<bool(const std::vector<std::optional<std::string>>&)>& take) = 0;

  // Erases what is known of a person, a query or a postback: bodies, labels, keys, metadata, parameters, what
  // handlers said, Fanbase objects and app events. Rows with the time of the erasure stay, so that nothing of
  // it is kept or looked for again. In short transactions; an interrupted one goes on when it is called
  // again. `who` is for people. With `dry_run`, only counts.
  virtual Erased erase(const ToErase& which, const std::string& who, bool dry_run, base::TimePoint now,
                       const SearchProgress& progress) = 0;
  // Waits until no file of the store has the erased bytes. Returns what still has them, for people: rows that
  // have come meanwhile, and files in the directory of the store. Throws base::Failure (unavailable) if it
  // must be called again.
  virtual std::vector<std::string> complete_erasure(const ToErase& which) = 0;
  // Names the copies that complete_erasure() cannot look into, for people; empty if there are none.
  virtual std::string beyond_reach() const { return {}; }

  // Notes that somebody has read results or bodies by this command, as QueryStore::note_access.
  virtual void note_access(const std::string& who, const std::string& action, const std::string& query,
                           base::TimePoint now) = 0;
};

} // namespace postbackd::store

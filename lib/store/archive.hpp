#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/personal_document.hpp"

namespace postbackd::store
{

// A part of a long search, for people.
using SearchProgress = std::function<void(std::int64_t done, std::int64_t total)>;

// What an erasure is about: one of the two.
struct ToErase {
  std::optional<model::PersonalDocument> document;
  std::optional<std::string> query; // its correlation or QueryId
};
struct Erased {
  std::int64_t queries = 0;
  std::int64_t postbacks = 0; // of those queries, and of none
  std::int64_t objects = 0;   // of the Fanbase queue
  std::int64_t app_events = 0;
};

// What postbackctl does with a store as a whole. Blocking; one thread. Throws base::Failure with a readable
// message.
class Archive
{
public:
  virtual ~Archive() = default;

  // Writes a copy of the store as it is now into an empty file, while others write the store. Does not sync
  // it.
  virtual void back_up(const std::filesystem::path& to, const SearchProgress& progress) = 0;
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

  // Erases what is known of a person or a query: bodies, labels, keys, metadata, parameters, what handlers
  // said, Fanbase objects and app events. Rows with the time of the erasure stay, so that nothing of it is
  // kept or looked for again. In short transactions; an interrupted one goes on when it is called again. With
  // `dry_run`, only counts.
  virtual Erased erase(const ToErase& which, bool dry_run, base::TimePoint now,
                       const SearchProgress& progress) = 0;
  // Waits until no file of the store has the erased bytes. Throws base::Failure (unavailable) if it must be
  // called again.
  virtual void complete_erasure(const ToErase& which) = 0;
};

} // namespace postbackd::store

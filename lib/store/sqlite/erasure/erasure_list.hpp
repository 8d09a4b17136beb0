#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>

#include "base/clock.hpp"
#include "sql/database.hpp"
#include "store/tables/erasure/found_to_erase.hpp"

namespace postbackd::store::sqlite
{

// Which rows were erased, in a file beside the store that no restore replaces: STORE.erasures. A backup that
// is older than an erasure is held against it. Each line is `TIME DIGEST`; a digest is of the store's id and
// of what the row is called for ever, so it says nothing of anybody.
class ErasureList
{
public:
  explicit ErasureList(const std::filesystem::path& store);

  // Notes the rows, durably; to be called before they are erased. Throws base::Failure.
  void add(sql::Database& database, const tables::FoundToErase& found, base::TimePoint now) const;
  // Returns the rows of this store that erasures have noted of which it knows nothing, and their times.
  struct Listed {
    tables::FoundToErase rows;
    std::set<std::string> times;
  };
  Listed find(sql::Database& database) const;

private:
  // Calls take(time, digest) for each line.
  void read(const std::function<void(std::string time, std::string digest)>& take) const;
  void append(const std::string& lines) const;

  std::filesystem::path path_;
};

} // namespace postbackd::store::sqlite

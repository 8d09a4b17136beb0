#pragma once

#include <optional>

#include "sql/database.hpp"

namespace postbackd::sql
{

// The connection on which a commit queue writes. One thread, except fatal().
class Writer
{
public:
  virtual ~Writer() = default;

  virtual Database& database() = 0;

  // Begins a transaction that writes; waits for locks of others, up to a limit. Returns why it cannot.
  virtual std::optional<base::Error> begin() = 0;
  // Returns once it is surely on disk. Throws Failure if it surely is not, or if nobody can say now.
  virtual void commit() = 0;
  virtual void roll_back() noexcept = 0;

  // What has ended the store, whoever has met it.
  virtual std::optional<base::Error> fatal() = 0;
  // Remembers an error that is fatal. Returns its argument.
  virtual base::Error note(base::Error error) = 0;

  // Called after each group, once its callers know.
  virtual void after_group() {}
  // Called once a second while there is nothing to write.
  virtual void look() {}
};

} // namespace postbackd::sql

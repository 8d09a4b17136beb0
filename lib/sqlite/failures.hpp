#pragma once

#include <SQLiteCpp/Exception.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "base/error.hpp"

namespace postbackd::sqlite
{

// Returns the meaning of a SQLite error to a caller: a full disk, a lock and an I/O error are `unavailable`.
// `fatal` is what only a new start can cure: a failed sync, damage, a lock that could not be released.
base::Error to_error(const SQLite::Exception& exception);
base::Error to_error(int extended_code, const std::string& what);

// The one place that knows whether a process may go on with its store. All connections of a store share one:
// the writer, the checkpointer, the readers and the VFS below them report here what they meet.
//
// After a failed sync Linux drops what was dirty and says so once; damage and a lock that stays are no better
// when they are met again. So the first such error is the end: the queue commits nothing any more, no sync of
// ours succeeds, and the process is asked to end. Thread-safe.
class Failures
{
public:
  using OnFatal = std::function<void(const base::Error&)>;

  // `on_fatal` is called once, on the thread that met the error.
  explicit Failures(OnFatal on_fatal = {}) : on_fatal_(std::move(on_fatal)) {}

  // Remembers the first fatal error. Returns its argument.
  base::Error note(base::Error error);
  // Returns the first fatal error.
  std::optional<base::Error> fatal() const;

  // The VFS reports a failed sync by this, because SQLite's answer to one may be lost.
  void note_failed_sync(const char* file);
  bool has_failed_sync() const { return failed_sync_; }

private:
  OnFatal on_fatal_;
  std::atomic<bool> failed_sync_ = false;
  std::atomic<bool> is_fatal_ = false;
  mutable std::mutex mutex_;
  std::optional<base::Error> fatal_;
};

} // namespace postbackd::sqlite

#pragma once

#include <chrono>
#include <filesystem>
#include <functional>

#include "base/error.hpp"
#include "store/postback_store.hpp"

namespace postbackd::store
{

struct StoreOptions {
  std::filesystem::path path;
  // Why none may be made where there is no store; empty: one is made.
  std::string why_not_made{};
  std::chrono::milliseconds busy_timeout{5'000}; // how long to wait for another program's lock
  std::chrono::seconds deadline{600};            // of a query registered without one
  std::chrono::seconds expires{7 * 24 * 3600}; // of a submission without a time of its own: not sent any more
  std::size_t queue_jobs = 20'000;             // writes that may wait for the writer
  std::size_t queue_bytes = 512 << 20;         // and their bytes
  // Returns `unavailable` if this many more bytes must not be written. If absent, there is always room.
  // Thread-safe.
  std::function<base::Result<void>(std::uint64_t bytes)> has_room;
  // Called once, on any thread, after a failure that only a new start can cure: the process must end.
  std::function<void(const base::Error&)> on_fatal;
  bool note_events = false;                         // CommitGroup::events
  std::function<void(const CommitGroup&)> on_group; // on the writer thread, after each commit
};

enum class Access { read, write };

} // namespace postbackd::store

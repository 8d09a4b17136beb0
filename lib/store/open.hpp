#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>

#include "store/operator_store.hpp"
#include "store/store.hpp"

// Opens stores. Nothing else knows the engine.
namespace postbackd::store
{

extern const char* const default_file_name;

struct StoreOptions {
  std::filesystem::path path;
  std::chrono::milliseconds busy_timeout{5'000}; // how long to wait for another program's lock
  std::chrono::seconds deadline{600};            // of a query registered without one
  std::size_t queue_jobs = 20'000;               // writes that may wait for the writer
  std::size_t queue_bytes = 512 << 20;           // and their bytes
  // Returns `unavailable` if this many more bytes must not be written. If absent, there is always room.
  // Thread-safe.
  std::function<base::Result<void>(std::uint64_t bytes)> has_room;
  // Called once, on the writer thread, after a failure that only a new start can cure: the process must end.
  std::function<void(const base::Error&)> on_fatal;
  bool note_events = false;                         // CommitGroup::events
  std::function<void(const CommitGroup&)> on_group; // on the writer thread, after each commit
};

// Opens the store, or creates it. Throws base::Failure with a readable message.
std::unique_ptr<Store> open(StoreOptions options);

enum class Access { read, write };

// Opens an existing store. Throws base::Failure with a readable message.
std::unique_ptr<OperatorStore> open_operator(const std::filesystem::path& path,
                                             std::chrono::milliseconds busy_timeout, Access access);

// Puts a copy that OperatorStore::back_up() made at the place of a store; with `replace`, an existing one
// stays as `PATH.before-restore`, in place of an older one. Throws base::Failure with a readable message;
// then the store is as it was.
void restore(const std::filesystem::path& from, const std::filesystem::path& path, bool replace);

} // namespace postbackd::store

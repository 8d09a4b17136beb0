#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>

#include "store/operator_store.hpp"
#include "store/store.hpp"

// Opens stores: the only place that knows which engine it is.
namespace postbackd::store
{

struct StoreOptions {
  std::filesystem::path path;
  std::chrono::milliseconds busy_timeout{5'000}; // how long another program's lock is waited for
  std::chrono::days look_back{30};               // how far repeats and unregistered postbacks are searched
  std::chrono::seconds deadline{600};            // of a query registered without one
  std::size_t queue_jobs = 20'000;               // writes that may wait for the writer
  std::size_t queue_bytes = 512 << 20;           // and their bytes
  // `unavailable` when so many more bytes must not be written; absent: there is always room. Thread-safe.
  std::function<base::Result<void>(std::uint64_t bytes)> has_room;
  // On the writer thread: a sync failed, so what is on disk is no longer known, and the process must end.
  std::function<void(const base::Error&)> on_fatal;
  std::function<void(const CommitGroup&)> on_group; // on the writer thread, after each commit
};

// Opens the store, or makes it. Throws base::Failure with a sentence for people.
std::unique_ptr<Store> open(StoreOptions options);

enum class Access { read, write };

// Opens a store that is there. Throws base::Failure with a sentence for people.
std::unique_ptr<OperatorStore> open_operator(const std::filesystem::path& path,
                                             std::chrono::milliseconds busy_timeout, Access access);

} // namespace postbackd::store

#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>

#include "base/error.hpp"

namespace postbackd::base
{

// The free space of a file system, and the floor below which nothing new is taken: what is kept already must
// stay usable, and deleting needs space too. Thread-safe.
class FreeSpace
{
public:
  // Both in bytes. `directory` is where the store is.
  FreeSpace(std::filesystem::path directory, std::uint64_t floor)
      : directory_(std::move(directory)), floor_(floor)
  {
  }

  void set_floor(std::uint64_t floor)
  {
    floor_ = floor;
    good_until_ = 0;
  }

  // What an unprivileged process can still write; nothing when the system does not say.
  Result<std::uint64_t> available() const;
  // `unavailable`, with a sentence, when `wanted` more bytes would not leave the floor. For none, what was
  // seen in the last tenth of a second is good enough.
  Result<void> check(std::uint64_t wanted = 0) const;

private:
  std::filesystem::path directory_;
  std::atomic<std::uint64_t> floor_;
  mutable std::atomic<std::int64_t> good_until_ = 0; // of the steady clock, in milliseconds
};

} // namespace postbackd::base

#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>

#include "base/error.hpp"

namespace postbackd::base
{

// Measures the free space of a file system, and refuses new data below a floor: the data already kept must
// stay usable, and deleting needs space too. Thread-safe.
class FreeSpace
{
public:
  // `directory` holds the store; `floor` is in bytes.
  FreeSpace(std::filesystem::path directory, std::uint64_t floor)
      : directory_(std::move(directory)), floor_(floor)
  {
  }

  void set_floor(std::uint64_t floor)
  {
    floor_ = floor;
    good_until_ = 0;
  }

  // Returns how many bytes an unprivileged process can still write, or an error if the system does not say.
  Result<std::uint64_t> available() const;
  // Returns `unavailable` and a message if `wanted` more bytes would leave less than the floor. With
  // `wanted` 0, a success of the last 100 ms is reused.
  Result<void> check(std::uint64_t wanted = 0) const;

private:
  std::filesystem::path directory_;
  std::atomic<std::uint64_t> floor_;
  mutable std::atomic<std::int64_t> good_until_ = 0; // steady clock, in milliseconds
};

} // namespace postbackd::base

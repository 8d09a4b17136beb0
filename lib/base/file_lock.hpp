#pragma once

#include <filesystem>

#include "base/descriptor.hpp"

namespace postbackd::base
{

// A file that one process at a time can lock. The lock ends with the process, however it ends.
class FileLock
{
public:
  // Creates the file if it does not exist. Throws Failure if it cannot be opened.
  explicit FileLock(const std::filesystem::path& path);

  // Returns whether we hold the lock now. Never waits.
  bool try_take();

  // Returns whether anybody holds the lock; does not take it.
  static bool is_taken(const std::filesystem::path& path);

private:
  Descriptor file_;
};

} // namespace postbackd::base

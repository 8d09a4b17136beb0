#pragma once

#include <filesystem>

#include "base/descriptor.hpp"

namespace postbackd::base
{

// A file that one process at a time can lock. The lock ends with the process, however it ends.
class FileLock
{
public:
  // Creates the file if it does not exist; a file that root creates belongs to whom its directory belongs.
  // Throws Failure if it cannot be opened, or is a link.
  explicit FileLock(const std::filesystem::path& path);

  // Returns whether we hold the lock now. Never waits.
  bool try_take();

  // The lock, until the end of the scope.
  class Hold
  {
  public:
    explicit Hold(FileLock* lock) : lock_(lock) {}
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    explicit operator bool() const { return lock_ != nullptr; }

  private:
    FileLock* lock_;
  };
  Hold try_hold() { return Hold(try_take() ? this : nullptr); }

  // Returns whether anybody holds the lock; does not take it.
  static bool is_taken(const std::filesystem::path& path);

private:
  Descriptor file_;
};

} // namespace postbackd::base

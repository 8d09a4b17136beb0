#pragma once

#include <filesystem>

namespace postbackd::base
{

// A file that one process at a time has locked. The lock goes with the process, however it ends.
class FileLock
{
public:
  // Makes the file. Throws Failure when it cannot.
  explicit FileLock(const std::filesystem::path& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  // Returns whether the lock is ours. Never waits.
  bool try_take();

  // Returns whether somebody holds the lock, without taking it for an instant.
  static bool is_taken(const std::filesystem::path& path);

private:
  int descriptor_;
};

} // namespace postbackd::base

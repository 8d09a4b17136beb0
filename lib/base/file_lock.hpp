#pragma once

#include <filesystem>

namespace postbackd::base
{

// A file that one process at a time has locked. The lock goes with the process, however it ends.
class FileLock
{
public:
  explicit FileLock(std::filesystem::path path) : path_(std::move(path)) {}
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  // Whether it is ours. Never waits. Throws Failure when the file cannot be made.
  bool try_take();

private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

} // namespace postbackd::base

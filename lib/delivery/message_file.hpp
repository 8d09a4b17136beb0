#pragma once

#include <filesystem>
#include <string>

#include "base/descriptor.hpp"

namespace postbackd::delivery
{

// A file in which a command may leave a line for the requester. Disappears with this object; of what a crash
// has left, remove_left() is the end. Without room for it the command runs all the same.
class MessageFile
{
public:
  // `prefix` is the beginning of its path, in a directory that is nobody else's.
  explicit MessageFile(const std::filesystem::path& prefix);
  ~MessageFile();
  MessageFile(const MessageFile&) = delete;
  MessageFile& operator=(const MessageFile&) = delete;

  // Returns an empty text if there is none.
  const std::string& path() const { return path_; }
  // Returns its first line, at most 500 bytes. The command may have put anything in its place: never waits.
  std::string first_line() const;

  // Removes those of processes that have ended.
  static void remove_left(const std::filesystem::path& prefix);

private:
  std::string path_;
  base::Descriptor file_; // locked while we live
};

} // namespace postbackd::delivery

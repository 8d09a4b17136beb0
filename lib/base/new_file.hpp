#pragma once

#include <filesystem>

namespace postbackd::base
{

// A file that is there whole or not at all, also after a power failure: it is made beside its place, synced,
// and renamed. What is in its place stays until then.
class NewFile
{
public:
  // Makes an empty file, PLACE.new, that only its owner reads, in place of one that a crash has left. Throws
  // Failure.
  explicit NewFile(std::filesystem::path place);
  ~NewFile(); // removes the file unless it was kept
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  // Where it is until it is kept.
  const std::filesystem::path& path() const { return path_; }
  // Syncs it and puts it in its place. Throws Failure.
  void keep();

private:
  std::filesystem::path place_;
  std::filesystem::path path_;
  bool kept_ = false;
};

} // namespace postbackd::base

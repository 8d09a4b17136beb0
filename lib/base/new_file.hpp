#pragma once

#include <filesystem>
#include <sys/types.h>

#include "base/descriptor.hpp"

namespace postbackd::base
{

// A file that is there whole or not at all, also after a power failure: it is made beside its place, synced,
// and renamed. What is in its place stays until then. Throws Failure.
class NewFile
{
public:
  // Makes an empty file, PLACE.new, that only its owner reads, in place of one that a crash has left; refuses
  // while another program makes it.
  explicit NewFile(std::filesystem::path place);
  ~NewFile(); // removes the file unless it was kept
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  // Where it is until it is kept.
  const std::filesystem::path& path() const { return path_; }
  // Writes what another file has.
  void copy(const std::filesystem::path& from);
  // Gives it to whom its directory belongs, if we are root: the daemon must read what root has put there.
  void give_to_owner_of_directory(mode_t mode);
  void sync();
  // Syncs it and puts it in its place.
  void keep();

private:
  bool is_in_place() const;

  std::filesystem::path place_;
  std::filesystem::path path_;
  Descriptor file_; // locked, so that nobody else takes it for one that a crash has left
  bool kept_ = false;
};

} // namespace postbackd::base

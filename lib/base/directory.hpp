#pragma once

#include <filesystem>
#include <sys/types.h>

#include "base/descriptor.hpp"

namespace postbackd::base
{

// All return false with errno.

// Makes the names in the directory of this file durable: which files there are, and which one has a name.
bool sync_directory_of(const std::filesystem::path& file);

// Gives an open file to whom its directory belongs, if we are root: the daemon must use what root has put
// there. Where the group may write the directory, programs of several users share what is in it: there the
// group may also write what it may otherwise read, and read what only the owner may.
bool give_to_owner_of_directory(const Descriptor& file, const std::filesystem::path& path, mode_t mode);

// Gives a file of ours in such a directory, of before it was one, more rights. Elsewhere nothing changes.
void share_with_group(const std::filesystem::path& file, mode_t more);

} // namespace postbackd::base

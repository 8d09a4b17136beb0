#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace postbackd::base
{

// Returns what helps a user who may not use the daemon's files: `permission denied: be root, or join the
// group that may: adduser NAME postbackd, then log in again`.
std::string permission_denied();

// Returns what helps where the sandbox of our unit may be the cause of an error, ` (perhaps …)`, and nothing
// elsewhere. `said` is what the error or a program says.
std::string sandbox_hint(std::string_view said);

// Gives a file to whom its directory belongs, if we are root: the daemon must read what root has put there.
// Throws Failure.
void give_to_owner_of_directory(const std::filesystem::path& path, mode_t mode);

} // namespace postbackd::base

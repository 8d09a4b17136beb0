#pragma once

#include <string>

namespace postbackd::base
{

// Returns what helps a user who may not use the daemon's files: `permission denied: be root, or join the
// group that may: adduser NAME postbackd, then log in again`.
std::string permission_denied();

} // namespace postbackd::base

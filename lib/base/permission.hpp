#pragma once

#include <string>
#include <string_view>

namespace postbackd::base
{

// Returns who runs this program, for people: also behind sudo.
std::string user_name();

// Returns what helps a user who may not use the daemon's files: `permission denied: be root, or join the
// group that may: adduser NAME postbackd, then log in again`.
std::string permission_denied();

// Returns what helps where the sandbox of our unit may be the cause of an error, ` (perhaps …)`, and nothing
// elsewhere. `said` is what the error or a program says.
std::string sandbox_hint(std::string_view said);

} // namespace postbackd::base

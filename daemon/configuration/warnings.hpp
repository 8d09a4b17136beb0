#pragma once

#include <string>
#include <vector>

#include "configuration/configuration.hpp"

namespace postbackd
{

// Returns the credentials that a process with these roles reads, except those of handlers.
std::vector<CredentialReference> credentials_of(const Configuration& configuration);

// Returns what is valid and yet unsafe, one sentence each with its file and line. Reads the credentials.
std::vector<std::string> warnings_of(const Configuration& configuration);

} // namespace postbackd

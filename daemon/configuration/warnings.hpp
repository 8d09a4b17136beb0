#pragma once

#include <string>
#include <vector>

#include "configuration/configuration.hpp"

namespace postbackd
{

// Return the credentials that a process with these roles reads, except those of handlers: those that a reload
// reads again, those that only a start reads, and both.
std::vector<CredentialReference> credentials_of(const Reloadable& live, const std::set<Role>& roles);
std::vector<CredentialReference> credentials_of(const Fixed& fixed);
std::vector<CredentialReference> credentials_of(const Configuration& configuration);

// Returns what is valid and yet unsafe, one sentence each with its file and line. Reads the credentials.
std::vector<std::string> warnings_of(const Configuration& configuration);

} // namespace postbackd

#pragma once

#include <vector>

#include "configuration/configuration.hpp"

namespace postbackd
{

// Reads the tokens of each [[api.client]], in their order. Throws ConfigurationError if one belongs to two
// clients, or can be guessed. A check outside the unit leaves out what only the unit has (`check_only`).
std::vector<std::vector<base::Secret>> read_tokens(const Reloadable& live, bool check_only);

} // namespace postbackd

#pragma once

#include "configuration/configuration.hpp"
#include "store/options.hpp"

namespace postbackd
{

// Returns how to open the store of a configuration, without what the process adds: room, calls and why it may
// not be made. Throws base::Failure if its password cannot be read.
store::StoreOptions store_options(const Fixed& fixed);

} // namespace postbackd

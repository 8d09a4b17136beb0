#pragma once

#include "postgresql/options.hpp"
#include "store/options.hpp"
#include "store/postgresql/schema.hpp"

namespace postbackd::store::postgresql
{

// Returns how to connect to the server of a store.
postbackd::postgresql::ConnectionOptions connection_options(const StoreAddress& address,
                                                            std::chrono::milliseconds lock_timeout,
                                                            std::chrono::milliseconds call_timeout);

} // namespace postbackd::store::postgresql

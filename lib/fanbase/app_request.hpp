#pragma once

#include "base/error.hpp"
#include "http/request.hpp"
#include "store/fanbase_store.hpp"

namespace postbackd::fanbase
{

// Read the requests of an app (Eventos APP) of at most so many bytes. Return `invalid` with the first wrong
// field, in the language of the callers.
base::Result<store::AppUser> read_user(const http::Request& request, std::uint64_t most_bytes,
                                       std::string client);
base::Result<store::AppEvent> read_event(const http::Request& request, std::uint64_t most_bytes,
                                         std::string client, std::chrono::minutes zone);

} // namespace postbackd::fanbase

#pragma once

#include <memory>
#include <vector>

#include "api/client.hpp"
#include "configuration/configuration.hpp"

namespace postbackd
{

// Whoever may open the socket of the API.
std::shared_ptr<api::Client> make_local_client();
// Those of the configuration, with their tokens. Throws base::Failure if one cannot be read.
std::vector<std::shared_ptr<api::Client>> clients_of(const Reloadable& live);

} // namespace postbackd

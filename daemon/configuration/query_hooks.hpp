#pragma once

#include <string>

#include "configuration/configuration.hpp"
#include "model/correlation.hpp"

namespace postbackd
{

// Returns the hooks of a query: its own URL below the route, and its own secret, signed with the route's
// first query key. Reads the key each time, so that a changed key is used at once. `store` is the path of the
// store. Throws base::Failure with a readable message; `unavailable` if the key cannot be read.
std::string hooks_of(const Reloadable& configuration, const std::filesystem::path& store,
                     const std::string& route_path, const std::string& correlation,
                     model::HooksForm form = model::HooksForm::postbacksecret);

} // namespace postbackd

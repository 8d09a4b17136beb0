#pragma once

#include <string_view>

namespace postbackd::api
{

// Returns docs/openapi.yaml, which the build embeds.
std::string_view openapi_yaml();

} // namespace postbackd::api

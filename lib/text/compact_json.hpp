#pragma once

#include <string>
#include <string_view>

namespace postbackd::text
{

// Returns JSON text without the blanks between its values.
std::string compact_json(std::string_view json);

} // namespace postbackd::text

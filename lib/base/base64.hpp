#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postbackd::base
{

// Encodes with padding (RFC 4648, 4).
std::string to_base64(std::string_view bytes);
// Returns nullopt if the text is not base64.
std::optional<std::string> from_base64(std::string_view text);

} // namespace postbackd::base

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

// A text as whoever decodes it will read it: \u0031 of JSON and %31 of a form are both `1`.
namespace postbackd::text
{

struct Character {
  char32_t code = 0;
  std::size_t length = 0; // of its spelling, in bytes; 0 at the end of the text
};

// Returns the character that is spelled at this place: as JSON or a form escapes it, or as it is, in UTF-8. A
// byte that is no UTF-8 is a character of ISO-8859-1.
Character character_at(std::string_view text, std::size_t at);

// Returns the character whose escape ends just before this place, if there is one.
std::optional<char32_t> escaped_before(std::string_view text, std::size_t at);

} // namespace postbackd::text

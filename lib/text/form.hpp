#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postbackd::text
{

// One `name=value` of a form; a lone key has a name and no value.
struct FormField {
  std::string name;
  std::string value;
  bool has_value;
};

// More fields than this are not a form that a postback comes in.
constexpr std::size_t most_form_fields = 10'000;

// Reads application/x-www-form-urlencoded bytes (WHATWG URL, 5.1), as forgiving as browsers: `+` is a space,
// `%XX` a byte, a `%` without two hexadecimal digits stands for itself. Names and values are bytes in the
// sender's charset. Empty when there are more than most_form_fields.
std::vector<FormField> parse_form(std::string_view bytes);

} // namespace postbackd::text

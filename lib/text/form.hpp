#pragma once

#include <vector>

#include "base/blob.hpp"

namespace postbackd::text
{

// One `name=value` of a form; a lone key has a name but no value.
struct FormField {
  base::Blob name;
  base::Blob value;
  bool has_value = false;
};

// No postback comes in a form with more fields.
constexpr std::size_t most_form_fields = 1'000;

// Parses application/x-www-form-urlencoded bytes (WHATWG URL, 5.1) as leniently as browsers: `+` is a space,
// `%XX` a byte, a `%` without two hexadecimal digits stands for itself. Names and values are bytes in the
// sender's charset. Returns nothing if there are more than most_form_fields.
std::vector<FormField> parse_form(const base::Blob& bytes);

} // namespace postbackd::text

#pragma once

#include <cstdint>
#include <libpq-fe.h>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "postgresql/array.hpp"

// Values between our three kinds (numbers, text, bytes) and PostgreSQL's types, in binary where that is
// shorter. Pure.
namespace postbackd::postgresql
{

// Returns the binary form of a number for a parameter of this type: int8, int4, int2 or bool; its digits for
// others, which are sent as text. Sets `binary`.
std::string encode_number(std::int64_t number, Oid type, bool& binary);

// Return the binary forms of int8 and timestamptz.
std::string binary_number(std::int64_t number);
std::string binary_time(base::TimePoint time);
// Returns the type of an array's elements.
Oid element_type(Array::Type type);

// Returns text without what PostgreSQL's text cannot hold: a NUL, and what is not UTF-8, become U+FFFD.
std::string storable_text(std::string_view text);
bool is_storable_text(std::string_view text);

// Read a binary value of this type. Throw base::Failure (invalid) for a type that our statements do not
// return.
std::int64_t decode_number(std::string_view value, Oid type);
// Times are as text::format_time writes them; numbers are their digits.
std::string decode_text(std::string_view value, Oid type);
// Whether the bytes of such a value are its text.
bool is_bytes(Oid type);

} // namespace postbackd::postgresql

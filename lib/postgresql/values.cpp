#include "postgresql/values.hpp"

#include <chrono>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "text/time.hpp"

namespace postbackd::postgresql
{
namespace
{

// From the server's catalog (pg_type.dat); they never change.
constexpr Oid bool_type = 16, bytea_type = 17, char_type = 18, name_type = 19, int8_type = 20, int2_type = 21,
              int4_type = 23, text_type = 25, oid_type = 26, json_type = 114, varchar_type = 1043,
              bpchar_type = 1042, timestamptz_type = 1184, numeric_type = 1700, unknown_type = 705,
              float8_type = 701;

// PostgreSQL counts microseconds from here.
constexpr base::TimePoint epoch{std::chrono::milliseconds(946'684'800'000)};

std::string big_endian(std::int64_t number, int bytes)
{
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(static_cast<std::uint64_t>(number) >> shift & 0xff);
  return out;
}

std::int64_t from_big_endian(std::string_view bytes)
{
  std::uint64_t number = !bytes.empty() && (bytes[0] & 0x80) ? ~std::uint64_t{0} : 0;
  for (const char c : bytes)
    number = number << 8 | static_cast<unsigned char>(c);
  return static_cast<std::int64_t>(number);
}

// A sum of bigint is numeric: groups of four digits, the weight of the first, a sign.
std::int64_t whole_numeric(std::string_view value)
{
  const auto word = [value](std::size_t n) { return from_big_endian(value.substr(2 * n, 2)); };
  const std::int64_t digits = word(0);
  const std::int64_t weight = word(1);
  std::int64_t number = 0;
  for (std::int64_t n = 0; n <= weight; ++n)
    number = number * 10'000 + (n < digits ? word(4 + static_cast<std::size_t>(n)) : 0);
  return word(2) == 0x4000 ? -number : number;
}

[[noreturn]] void refuse(Oid type)
{
  throw base::Failure(base::Errc::invalid,
                      "a value of the store has a type that this program does not know: " +
                          std::to_string(type));
}

// Returns the length of the UTF-8 character at the beginning, or 0 if there is none.
std::size_t character(std::string_view text)
{
  const auto byte = [text](std::size_t n) { return static_cast<unsigned char>(text[n]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return first == 0 ? 0 : 1;
  const std::size_t length = first >= 0xf0 && first < 0xf5   ? 4
                             : first >= 0xe0 && first < 0xf0 ? 3
                             : first >= 0xc2 && first < 0xe0 ? 2
                                                             : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t n = 1; n < length; ++n)
    if ((byte(n) & 0xc0) != 0x80) return 0;
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool surrogate = first == 0xed && byte(1) >= 0xa0;
  return overlong || surrogate || (first == 0xf4 && byte(1) >= 0x90) ? 0 : length;
}

} // namespace

std::string encode_number(std::int64_t number, Oid type, bool& binary)
{
  binary = true;
  switch (type) {
  case int8_type:
    return big_endian(number, 8);
  case int4_type:
  case oid_type:
    return big_endian(number, 4);
  case int2_type:
    return big_endian(number, 2);
  case bool_type:
    return std::string(1, number != 0 ? '\1' : '\0');
  default:
    binary = false;
    return std::to_string(number);
  }
}

std::string binary_number(std::int64_t number) { return big_endian(number, 8); }

std::string binary_time(base::TimePoint time)
{
  return big_endian(std::chrono::duration_cast<std::chrono::microseconds>(time - epoch).count(), 8);
}

Oid element_type(Array::Type type)
{
  switch (type) {
  case Array::Type::number:
    return int8_type;
  case Array::Type::text:
    return text_type;
  case Array::Type::bytes:
    return bytea_type;
  case Array::Type::time:
    return timestamptz_type;
  }
  return text_type;
}

bool is_storable_text(std::string_view text)
{
  while (!text.empty()) {
    const std::size_t length = character(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string storable_text(std::string_view text)
{
  std::string out;
  while (!text.empty()) {
    const std::size_t length = character(text);
    out += length == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

std::int64_t decode_number(std::string_view value, Oid type)
{
  switch (type) {
  case int8_type:
  case int4_type:
  case int2_type:
    return from_big_endian(value);
  case oid_type:
    return static_cast<std::uint32_t>(from_big_endian(value));
  case bool_type:
    return value[0] != 0;
  case numeric_type:
    return whole_numeric(value);
  case text_type:
  case varchar_type:
  case unknown_type:
    return std::stoll(std::string(value));
  default:
    refuse(type);
  }
}

bool is_bytes(Oid type)
{
  switch (type) {
  case bytea_type:
  case text_type:
  case varchar_type:
  case bpchar_type:
  case name_type:
  case char_type:
  case json_type:
  case unknown_type:
    return true;
  default:
    return false;
  }
}

std::string decode_text(std::string_view value, Oid type)
{
  if (type == timestamptz_type) {
    const std::chrono::microseconds since(from_big_endian(value));
    return text::format_time(epoch + std::chrono::floor<std::chrono::milliseconds>(since));
  }
  if (type == float8_type) refuse(type);
  return std::to_string(decode_number(value, type));
}

} // namespace postbackd::postgresql

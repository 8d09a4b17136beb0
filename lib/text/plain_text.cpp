#include "text/plain_text.hpp"

#include <fmt/format.h>

#include "text/charset.hpp"

namespace postbackd::text
{
namespace
{

constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD

// Returns the first character's bytes if they are UTF-8, otherwise nothing.
std::string_view first_character(std::string_view text)
{
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  const std::string_view bytes = text.substr(0, length);
  Utf8Check check;
  check.feed(bytes);
  return bytes.size() == length && check.is_utf8() ? bytes : std::string_view();
}

// Calls `add` with each character's bytes, which are empty for a byte that is not UTF-8.
template<class Add>
void for_each_character(std::string_view text, Add add)
{
  while (!text.empty()) {
    const std::string_view character = first_character(text);
    add(character);
    text.remove_prefix(character.empty() ? 1 : character.size());
  }
}

// Returns the code point of a character of up to three bytes; 0 for a longer one, which is never a control.
unsigned code_point(std::string_view bytes)
{
  const auto byte = [bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (bytes.size() == 1) return byte(0);
  if (bytes.size() == 2) return (byte(0) & 0x1Fu) << 6 | (byte(1) & 0x3Fu);
  if (bytes.size() == 3) return (byte(0) & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
  return 0;
}

// Line and paragraph separators, and the marks, embeddings, overrides and isolates of UAX #9.
bool changes_direction(unsigned point)
{
  return point == 0x061C || (point >= 0x200E && point <= 0x200F) || (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069);
}

} // namespace

std::string as_utf8(std::string_view text)
{
  std::string result;
  result.reserve(text.size());
  for_each_character(text, [&result](std::string_view bytes) {
    result += bytes.empty() || bytes.front() == '\0' ? replacement : bytes;
  });
  return result;
}

std::string as_line(std::string_view text)
{
  std::string result;
  result.reserve(text.size());
  for_each_character(text, [&result](std::string_view bytes) {
    const unsigned point = bytes.empty() ? 0xFFFD : code_point(bytes);
    if ((bytes.size() == 1 && point < 0x20) || (point >= 0x7F && point < 0xA0))
      result += fmt::format("\\x{:02x}", point);
    else if (changes_direction(point))
      result += fmt::format("\\u{{{:04x}}}", point);
    else
      result += bytes.empty() ? replacement : bytes;
  });
  return result;
}

} // namespace postbackd::text

#include "base/plain_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postbackd::base
{
namespace
{

constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD

// The Unicode Standard, table 3-7: the length of a character by its first byte, and the range of its second
// one.
struct Lead {
  unsigned char first, last;
  std::size_t length;
  unsigned char low, high;
};
constexpr Lead leads[] = {
    {0x00, 0x7F, 1, 0, 0},       {0xC2, 0xDF, 2, 0x80, 0xBF}, {0xE0, 0xE0, 3, 0xA0, 0xBF},
    {0xE1, 0xEC, 3, 0x80, 0xBF}, {0xED, 0xED, 3, 0x80, 0x9F}, {0xEE, 0xEF, 3, 0x80, 0xBF},
    {0xF0, 0xF0, 4, 0x90, 0xBF}, {0xF1, 0xF3, 4, 0x80, 0xBF}, {0xF4, 0xF4, 4, 0x80, 0x8F},
};

// Returns the first character's bytes if they are UTF-8, otherwise nothing.
std::string_view first_character(std::string_view text)
{
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto* lead = std::find_if(std::begin(leads), std::end(leads), [&](const Lead& range) {
    return byte(0) >= range.first && byte(0) <= range.last;
  });
  if (lead == std::end(leads) || text.size() < lead->length) return {};
  if (lead->length > 1 && (byte(1) < lead->low || byte(1) > lead->high)) return {};
  for (std::size_t i = 2; i < lead->length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return {};
  return text.substr(0, lead->length);
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

std::string as_lines(std::string_view text)
{
  std::string lines;
  for (;;) {
    const std::size_t end = text.find('\n');
    lines += as_line(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    lines += '\n';
    text.remove_prefix(end + 1);
  }
}

} // namespace postbackd::base
